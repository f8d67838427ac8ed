import { BitstreamError } from "./bitstream_error.ts";

/**
 * The NAL unit types of H.265 (ITU-T H.265, table 7-1) that this product uses.
 *
 * ```text
 * +---------------+---------------+
 * |0|1|2|3|4|5|6|7|0|1|2|3|4|5|6|7|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |F|   Type    |  LayerId  | TID |
 * +-------------+-----------------+
 * ```
 */
export const NalUnitTypeH265 = {
  TrailN: 0,
  TrailR: 1,
  RadlN: 6,
  RadlR: 7,
  RaslN: 8,
  RaslR: 9,
  BlaWLp: 16,
  IdrWRadl: 19,
  IdrNLp: 20,
  Cra: 21,
  /** The last intra random access point type, including reserved ones. */
  LastIrap: 23,
  LastVcl: 31,
  Vps: 32,
  Sps: 33,
  Pps: 34,
  AccessUnitDelimiter: 35,
  EndOfSequence: 36,
  EndOfBitstream: 37,
  FillerData: 38,
  PrefixSei: 39,
  SuffixSei: 40,
} as const;

/** Returns the type (0 to 63) of the H.265 NAL unit whose first byte is `header`. */
export function nalUnitTypeH265(header: number): number {
  return (header >> 1) & 0x3f;
}

/** Returns whether an H.265 NAL unit of this type holds a slice segment of a coded picture. */
export function isVclH265(type: number): boolean {
  return type <= NalUnitTypeH265.LastVcl;
}

/**
 * Returns whether an H.265 NAL unit of this type belongs to a leading picture. It precedes its intra random access point in
 * output order, but follows it in decoding order.
 */
export function isLeadingH265(type: number): boolean {
  return type >= NalUnitTypeH265.RadlN && type <= NalUnitTypeH265.RaslR;
}

/** Returns whether the leading picture cannot be decoded if decoding starts at its random access point (RASL). */
export function isSkippedLeadingH265(type: number): boolean {
  return type === NalUnitTypeH265.RaslN || type === NalUnitTypeH265.RaslR;
}

/** Returns whether an H.265 NAL unit of this type belongs to an intra random access point picture. */
export function isIrapH265(type: number): boolean {
  return type >= NalUnitTypeH265.BlaWLp && type <= NalUnitTypeH265.LastIrap;
}

/**
 * Checks that a NAL unit is an H.265 SPS.
 *
 * @param subject What cannot be read otherwise, for the error.
 * @throws {BitstreamError} If it is not.
 */
export function checkSpsTypeH265(nal: Uint8Array, subject: string): void {
  const type = nal[0] === undefined ? undefined : nalUnitTypeH265(nal[0]);
  if (type !== NalUnitTypeH265.Sps) {
    throw new BitstreamError(
      `Cannot read ${subject}: expected an SPS (NAL unit type 33), got ${
        type === undefined ? "no bytes" : `type ${type}`
      }`,
    );
  }
}
