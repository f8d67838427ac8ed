import { BitstreamError } from "./bitstream_error.ts";

/**
 * The NAL unit types of H.264 (ITU-T H.264, table 7-1) that this product uses.
 *
 * ```text
 * +---------------+
 * |0|1|2|3|4|5|6|7|
 * +-+-+-+-+-+-+-+-+
 * |F|NRI|  Type   |
 * +---------------+
 * ```
 */
export const NalUnitTypeH264 = {
  Slice: 1,
  DataPartitionA: 2,
  DataPartitionC: 4,
  Idr: 5,
  Sei: 6,
  Sps: 7,
  Pps: 8,
  AccessUnitDelimiter: 9,
  EndOfSequence: 10,
  EndOfStream: 11,
  FillerData: 12,
} as const;

/** Returns the type (0 to 31) of the H.264 NAL unit whose first byte is `header`. */
export function nalUnitTypeH264(header: number): number {
  return header & 0x1f;
}

/** Returns the `nal_ref_idc` (0 to 3) of the H.264 NAL unit whose first byte is `header`. */
export function nalRefIdcH264(header: number): number {
  return (header >> 5) & 3;
}

/** Returns whether an H.264 NAL unit of this type holds a slice, or part of one, of a coded picture. */
export function isVclH264(type: number): boolean {
  return type >= NalUnitTypeH264.Slice && type <= NalUnitTypeH264.Idr;
}

/**
 * Checks that a NAL unit is an H.264 SPS.
 *
 * @param subject What cannot be read otherwise, for the error.
 * @throws {BitstreamError} If it is not.
 */
export function checkSpsTypeH264(nal: Uint8Array, subject: string): void {
  const type = nal[0] === undefined ? undefined : nalUnitTypeH264(nal[0]);
  if (type !== NalUnitTypeH264.Sps) {
    throw new BitstreamError(
      `Cannot read ${subject}: expected an SPS (NAL unit type 7), got ${
        type === undefined ? "no bytes" : `type ${type}`
      }`,
    );
  }
}
