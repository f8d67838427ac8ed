import { BitstreamError } from "./bitstream_error.ts";
import { nalKind } from "./nal_kind.ts";
import type { ParameterSetKind } from "./parameter_set_id.ts";
import type { ParameterSets } from "./parameter_sets.ts";
import { RecordReader } from "./record_reader.ts";
import { parseSpsH264, type SpsH264 } from "./sps_h264.ts";

const NAME = "An AVCDecoderConfigurationRecord";
/** Baseline, Main and Extended: the record ends after the parameter sets. */
const PROFILES_WITHOUT_EXTENSION: ReadonlySet<number> = new Set([66, 77, 88]);
const MAX_SPS = 31;
const MAX_PPS = 255;

/** A parsed AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1.2). */
export interface AvcConfiguration {
  /** Fields of the first SPS. The record's profile, constraint flags and level are the same. */
  readonly stream: SpsH264;
  /** Size of the length before each NAL unit of the stream: 1, 2 or 4 bytes. */
  readonly nalLengthBytes: number;
  /** Sequence parameter sets, at least one. Views of the record. */
  readonly sps: readonly Uint8Array[];
  /** Picture parameter sets, at least one. Views of the record. */
  readonly pps: readonly Uint8Array[];
}

/**
 * Writes the AVCDecoderConfigurationRecord (`avcC`) of a stream whose NAL units have length prefixes of 4 bytes.
 *
 * @param sets The parameter sets; profile, level and sampling are those of the first SPS.
 * @throws {BitstreamError} If a parameter set is missing or malformed, or there are too many for the record.
 */
export function writeAvcConfiguration(
  { sps, pps }: Pick<ParameterSets, "sps" | "pps">,
): Uint8Array<ArrayBuffer> {
  const [first] = sps;
  if (first === undefined || pps.length === 0 || sps.length > MAX_SPS || pps.length > MAX_PPS) {
    throw new BitstreamError(
      `Cannot write ${NAME} of ${sps.length} SPS and ${pps.length} PPS: ` +
        `1 to ${MAX_SPS} and 1 to ${MAX_PPS} are allowed`,
    );
  }
  const stream = parseSpsH264(first);
  const bytes = [
    1,
    stream.profileIdc,
    stream.profileCompatibility,
    stream.levelIdc,
    0xfc | 3, // Six reserved bits, then lengthSizeMinusOne.
    0xe0 | sps.length,
  ];
  for (const nal of sps) bytes.push(nal.length >> 8, nal.length & 0xff, ...nal);
  bytes.push(pps.length);
  for (const nal of pps) bytes.push(nal.length >> 8, nal.length & 0xff, ...nal);
  if (!PROFILES_WITHOUT_EXTENSION.has(stream.profileIdc)) {
    bytes.push(
      0xfc | stream.chromaFormatIdc,
      0xf8 | (stream.bitDepthLuma - 8),
      0xf8 | (stream.bitDepthChroma - 8),
      0, // No SPS extension.
    );
  }
  return Uint8Array.from(bytes);
}

/**
 * Parses an AVCDecoderConfigurationRecord strictly: it checks reserved bits, the type of every parameter set, agreement
 * with the first SPS, and the exact length.
 *
 * @throws {BitstreamError} If the record is malformed, or has no SPS or no PPS.
 */
export function parseAvcConfiguration(record: Uint8Array): AvcConfiguration {
  const reader = new RecordReader(NAME, record);
  const version = reader.byte();
  if (version !== 1) {
    throw new BitstreamError(`${NAME} has version ${version}; only 1 is allowed`);
  }
  const [profile, compatibility, level] = reader.view(3);
  const nalLengthBytes = reader.unreservedBits(0xfc) + 1;
  if (nalLengthBytes === 3) {
    throw new BitstreamError(`${NAME} has NAL unit lengths of 3 bytes; 1, 2 or 4 are allowed`);
  }
  const sps = readSets(reader, "sps", reader.unreservedBits(0xe0));
  const pps = readSets(reader, "pps", reader.byte());
  const stream = parseSpsH264(sps[0]!);
  if (
    profile !== stream.profileIdc || compatibility !== stream.profileCompatibility ||
    level !== stream.levelIdc
  ) {
    throw new BitstreamError(
      `${NAME} has profile, constraints and level ${[
        profile,
        compatibility,
        level,
      ]}; its SPS has ` +
        `${[stream.profileIdc, stream.profileCompatibility, stream.levelIdc]}`,
    );
  }
  if (!PROFILES_WITHOUT_EXTENSION.has(stream.profileIdc)) checkExtension(reader, stream);
  reader.end();
  return { stream, nalLengthBytes, sps, pps };
}

function readSets(reader: RecordReader, kind: ParameterSetKind, count: number): Uint8Array[] {
  if (count === 0) throw new BitstreamError(`${NAME} has no ${kind.toUpperCase()}`);
  return Array.from({ length: count }, () => {
    const nal = reader.nalUnit();
    if (nalKind("h264", nal[0]!) !== kind) {
      throw new BitstreamError(
        `${NAME} has a NAL unit with header 0x${nal[0]!.toString(16)} among its ` +
          kind.toUpperCase(),
      );
    }
    return nal;
  });
}

function checkExtension(reader: RecordReader, stream: SpsH264): void {
  const chromaFormatIdc = reader.unreservedBits(0xfc);
  const bitDepthLuma = 8 + reader.unreservedBits(0xf8);
  const bitDepthChroma = 8 + reader.unreservedBits(0xf8);
  if (
    chromaFormatIdc !== stream.chromaFormatIdc || bitDepthLuma !== stream.bitDepthLuma ||
    bitDepthChroma !== stream.bitDepthChroma
  ) {
    throw new BitstreamError(
      `${NAME} has chroma format ${chromaFormatIdc} with ${bitDepthLuma} and ${bitDepthChroma} ` +
        `bits; its SPS has ${stream.chromaFormatIdc} with ${stream.bitDepthLuma} and ` +
        `${stream.bitDepthChroma}`,
    );
  }
  const extensions = reader.byte();
  for (let i = 0; i < extensions; i++) reader.nalUnit();
}
