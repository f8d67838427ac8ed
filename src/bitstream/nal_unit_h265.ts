/**
 * NAL unit types of H.265 (ITU-T H.265, table 7-1) that this product tells apart.
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
  /** The last of the intra random access point types, reserved ones included. */
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

/** Type, 0 to 63, of the H.265 NAL unit whose first byte is `header`. */
export function nalUnitTypeH265(header: number): number {
  return (header >> 1) & 0x3f;
}

/** Whether an H.265 NAL unit of this type holds a slice segment of a coded picture. */
export function isVclH265(type: number): boolean {
  return type <= NalUnitTypeH265.LastVcl;
}

/**
 * Whether an H.265 NAL unit of this type belongs to a leading picture: one that is shown before the intra random access
 * point that it follows in decoding order.
 */
export function isLeadingH265(type: number): boolean {
  return type >= NalUnitTypeH265.RadlN && type <= NalUnitTypeH265.RaslR;
}

/** Whether it is one that cannot be decoded where decoding begins at that point: RASL. */
export function isSkippedLeadingH265(type: number): boolean {
  return type === NalUnitTypeH265.RaslN || type === NalUnitTypeH265.RaslR;
}

/** Whether an H.265 NAL unit of this type belongs to an intra random access point picture. */
export function isIrapH265(type: number): boolean {
  return type >= NalUnitTypeH265.BlaWLp && type <= NalUnitTypeH265.LastIrap;
}
