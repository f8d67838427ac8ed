import { BitstreamError } from "./bitstream_error.ts";
import type { Codec } from "./codec.ts";
import { nalRefIdcH264, NalUnitTypeH264, nalUnitTypeH264 } from "./nal_unit_h264.ts";
import { isIrapH265, NalUnitTypeH265, nalUnitTypeH265 } from "./nal_unit_h265.ts";

/**
 * Checks a NAL unit as far as possible without decoding it: the fields of its header (ITU-T H.264, 7.4.1; H.265, 7.4.2.2),
 * and that it contains no start code.
 *
 * @param nal A NAL unit without start code.
 * @throws {BitstreamError} If it violates the specification.
 */
export function checkNalUnit(codec: Codec, nal: Uint8Array): void {
  const header = nal[0];
  const headerBytes = codec === "h264" ? 1 : 2;
  if (header === undefined || nal.length < headerBytes) {
    throw new BitstreamError(
      `A NAL unit has ${nal.length} bytes; its header alone takes ${headerBytes}`,
    );
  }
  if ((header & 0x80) !== 0) {
    throw new BitstreamError("A NAL unit has its forbidden_zero_bit set");
  }
  if (codec === "h264") checkHeaderH264(header);
  else checkHeaderH265(header, nal[1]!);
  checkEmulationPrevention(nal);
}

function checkHeaderH264(header: number): void {
  const type = nalUnitTypeH264(header);
  const reference = nalRefIdcH264(header);
  const { DataPartitionA, DataPartitionC, Idr, Sei, Sps, Pps, AccessUnitDelimiter, FillerData } =
    NalUnitTypeH264;
  if (type === 0 || type > 23) {
    throw new BitstreamError(`An H.264 NAL unit has type ${type}; 1 to 23 are allowed`);
  }
  if (type >= DataPartitionA && type <= DataPartitionC) {
    throw new BitstreamError(
      `An H.264 NAL unit has type ${type}: data partitions belong to the Extended profile`,
    );
  }
  if ((type === Idr || type === Sps || type === Pps) && reference === 0) {
    throw new BitstreamError(`An H.264 NAL unit of type ${type} has nal_ref_idc 0`);
  }
  if ((type === Sei || (type >= AccessUnitDelimiter && type <= FillerData)) && reference !== 0) {
    throw new BitstreamError(
      `An H.264 NAL unit of type ${type} has nal_ref_idc ${reference}; only 0 is allowed`,
    );
  }
}

function checkHeaderH265(header: number, second: number): void {
  const type = nalUnitTypeH265(header);
  const temporalIdPlus1 = second & 7;
  if (type > 47) {
    throw new BitstreamError(`An H.265 NAL unit has type ${type}; 0 to 47 are allowed`);
  }
  if (temporalIdPlus1 === 0) {
    throw new BitstreamError("An H.265 NAL unit has nuh_temporal_id_plus1 0; 1 to 7 are allowed");
  }
  const atBase = isIrapH265(type) || type === NalUnitTypeH265.Vps || type === NalUnitTypeH265.Sps;
  if (atBase && temporalIdPlus1 !== 1) {
    throw new BitstreamError(
      `An H.265 NAL unit of type ${type} has TemporalId ${temporalIdPlus1 - 1}; only 0 is allowed`,
    );
  }
}

/**
 * Checks that none of 000000, 000001 and 000002 occurs (ITU-T H.264, 7.4.1; H.265, 7.4.2). Trailing zero bytes are accepted,
 * unlike in the specification, because FFmpeg sends them and every decoder skips them.
 */
function checkEmulationPrevention(nal: Uint8Array): void {
  let end = nal.length;
  while (end > 0 && nal[end - 1] === 0) end -= 1;
  let i = 0;
  while (i + 2 < end) {
    const third = nal[i + 2]!;
    if (third > 2) {
      i += 3;
    } else if (nal[i] === 0 && nal[i + 1] === 0) {
      throw new BitstreamError(`A NAL unit contains the bytes 00 00 0${third} at offset ${i}`);
    } else {
      i += third === 0 ? 1 : 3;
    }
  }
}
