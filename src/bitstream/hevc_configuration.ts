import { BitstreamError } from "./bitstream_error.ts";
import { NalUnitTypeH265, nalUnitTypeH265 } from "./nal_unit_h265.ts";
import type { ParameterSets } from "./parameter_sets.ts";
import { RecordReader } from "./record_reader.ts";
import { parseSpsH265, type SpsH265 } from "./sps_h265.ts";

const NAME = "An HEVCDecoderConfigurationRecord";

/** A parsed HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1.2). */
export interface HevcConfiguration {
  /** Fields of the first SPS. The record's profile, tier, level and sampling are the same. */
  readonly stream: SpsH265;
  /** Size of the length before each NAL unit of the stream: 1, 2 or 4 bytes. */
  readonly nalLengthBytes: number;
  /** Whether all parameter sets are in the record, so that the stream has none. */
  readonly complete: boolean;
  /** Video parameter sets, at least one. Views of the record. */
  readonly vps: readonly Uint8Array[];
  /** Sequence parameter sets, at least one. Views of the record. */
  readonly sps: readonly Uint8Array[];
  /** Picture parameter sets, at least one. Views of the record. */
  readonly pps: readonly Uint8Array[];
}

/**
 * Writes the HEVCDecoderConfigurationRecord (`hvcC`) of a stream whose NAL units have length prefixes of 4 bytes.
 *
 * @param sets The parameter sets; profile, level and sampling are those of the first SPS.
 * @param arrayCompleteness `array_completeness` of every array. 1: the stream has no parameter sets, which `hvc1` requires
 * in files. 0: it may have some.
 * @throws {BitstreamError} If a parameter set is missing or malformed.
 */
export function writeHevcConfiguration(
  { vps, sps, pps }: Pick<ParameterSets, "vps" | "sps" | "pps">,
  arrayCompleteness: 0 | 1,
): Uint8Array<ArrayBuffer> {
  const [first] = sps;
  if (first === undefined || vps.length === 0 || pps.length === 0) {
    throw new BitstreamError(
      `Cannot write ${NAME} of ${vps.length} VPS, ${sps.length} SPS and ${pps.length} PPS: ` +
        "at least one of each is needed",
    );
  }
  const stream = parseSpsH265(first);
  const bytes = [
    1,
    ...stream.generalProfileTierLevel,
    0xf0, // min_spatial_segmentation_idc 0: no guarantee.
    0x00,
    0xfc, // parallelismType 0: mixed or unknown.
    0xfc | stream.chromaFormatIdc,
    0xf8 | (stream.bitDepthLuma - 8),
    0xf8 | (stream.bitDepthChroma - 8),
    0x00, // avgFrameRate 0: unspecified; a camera's varies.
    0x00,
    // constantFrameRate 0 (2 bits), numTemporalLayers (3), temporalIdNested (1), lengthSizeMinusOne (2).
    stream.temporalLayers << 3 | (stream.temporalIdNested ? 4 : 0) | 3,
    3,
  ];
  const arrays = [
    [NalUnitTypeH265.Vps, vps],
    [NalUnitTypeH265.Sps, sps],
    [NalUnitTypeH265.Pps, pps],
  ] as const;
  for (const [type, nalUnits] of arrays) {
    bytes.push(arrayCompleteness << 7 | type, nalUnits.length >> 8, nalUnits.length & 0xff);
    for (const nal of nalUnits) bytes.push(nal.length >> 8, nal.length & 0xff, ...nal);
  }
  return Uint8Array.from(bytes);
}

/**
 * Parses an HEVCDecoderConfigurationRecord strictly: it checks reserved bits, the type of every NAL unit, agreement with
 * the first SPS, and the exact length.
 *
 * @throws {BitstreamError} If the record is malformed or has no VPS, SPS or PPS.
 */
export function parseHevcConfiguration(record: Uint8Array): HevcConfiguration {
  const reader = new RecordReader(NAME, record);
  const version = reader.byte();
  if (version !== 1) {
    throw new BitstreamError(`${NAME} has version ${version}; only 1 is allowed`);
  }
  const general = reader.view(12);
  reader.unreservedBits(0xf0); // min_spatial_segmentation_idc, 12 bits
  reader.view(1);
  reader.unreservedBits(0xfc); // parallelismType
  const chromaFormatIdc = reader.unreservedBits(0xfc);
  const bitDepthLuma = 8 + reader.unreservedBits(0xf8);
  const bitDepthChroma = 8 + reader.unreservedBits(0xf8);
  reader.unsigned16(); // avgFrameRate
  const flags = reader.byte();
  const arrays = readArrays(reader);
  reader.end();
  const [vps, sps, pps] = [NalUnitTypeH265.Vps, NalUnitTypeH265.Sps, NalUnitTypeH265.Pps]
    .map((type) => arrays.filter((array) => array.type === type));
  const nalLengthBytes = (flags & 3) + 1;
  if (nalLengthBytes === 3) {
    throw new BitstreamError(`${NAME} has NAL unit lengths of 3 bytes; 1, 2 or 4 are allowed`);
  }
  const configuration = {
    nalLengthBytes,
    complete: [vps!, sps!, pps!].flat().every((array) => array.complete),
    vps: vps!.flatMap((array) => array.nalUnits),
    sps: sps!.flatMap((array) => array.nalUnits),
    pps: pps!.flatMap((array) => array.nalUnits),
  };
  for (const kind of ["vps", "sps", "pps"] as const) {
    if (configuration[kind].length === 0) {
      throw new BitstreamError(`${NAME} has no ${kind.toUpperCase()}`);
    }
  }
  const stream = parseSpsH265(configuration.sps[0]!);
  const declared = [...general, chromaFormatIdc, bitDepthLuma, bitDepthChroma];
  const coded = [
    ...stream.generalProfileTierLevel,
    stream.chromaFormatIdc,
    stream.bitDepthLuma,
    stream.bitDepthChroma,
  ];
  if (declared.some((value, i) => value !== coded[i])) {
    throw new BitstreamError(
      `${NAME} has profile, tier, level and sampling ${declared}; its SPS has ${coded}`,
    );
  }
  const temporalLayers = flags >> 3 & 7; // 0 is unknown; a VPS may announce more than the SPS.
  if (temporalLayers !== 0 && temporalLayers < stream.temporalLayers) {
    throw new BitstreamError(
      `${NAME} has ${temporalLayers} temporal layers; its SPS has ${stream.temporalLayers}`,
    );
  }
  return { stream, ...configuration };
}

interface NalUnitArray {
  readonly type: number;
  readonly complete: boolean;
  readonly nalUnits: readonly Uint8Array[];
}

function readArrays(reader: RecordReader): NalUnitArray[] {
  return Array.from({ length: reader.byte() }, () => {
    const head = reader.byte();
    const type = head & 0x3f;
    if ((head & 0x40) !== 0) {
      throw new BitstreamError(`${NAME} has a reserved bit set before its array of type ${type}`);
    }
    const nalUnits = Array.from({ length: reader.unsigned16() }, () => {
      const nal = reader.nalUnit();
      if (nal.length < 2 || nalUnitTypeH265(nal[0]!) !== type) {
        throw new BitstreamError(
          `${NAME} has a NAL unit of type ${nalUnitTypeH265(nal[0]!)} and ${nal.length} bytes ` +
            `in its array of type ${type}`,
        );
      }
      return nal;
    });
    return { type, complete: (head & 0x80) !== 0, nalUnits };
  });
}
