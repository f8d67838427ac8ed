/**
 * H.264 and H.265 byte streams: NAL units, parameter sets and decoder configuration records. All functions are pure and
 * do no I/O.
 *
 * @example
 * ```ts
 * import { NalUnits, ParameterSets } from "@cvmmap/streamer/bitstream";
 *
 * const units = new NalUnits();
 * units.scan(Uint8Array.of(0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xd9, 0, 0, 1, 0x68, 0xcb, 0x83));
 * const sets = new ParameterSets("h264");
 * sets.observe(units);
 * console.assert(sets.complete && sets.sps.length === 1);
 * ```
 *
 * @module
 */

export type { AccessUnit } from "./access_unit.ts";
export {
  type AvcConfiguration,
  parseAvcConfiguration,
  writeAvcConfiguration,
} from "./avc_configuration.ts";
export { BitstreamError } from "./bitstream_error.ts";
export type { Codec } from "./codec.ts";
export { codecStringH264, codecStringH265 } from "./codec_string.ts";
export { type CodedFormat, codedFormat } from "./coded_format.ts";
export { type CodedUnit, FormatTracker } from "./format_tracker.ts";
export {
  FRAME_IDENTITY_UUID,
  type FrameIdentity,
  PRECISION_TIME_STAMP_UUID,
  readFrameIdentity,
  type ReadIdentity,
  writeFrameIdentity,
} from "./frame_identity.ts";
export {
  type HevcConfiguration,
  parseHevcConfiguration,
  writeHevcConfiguration,
} from "./hevc_configuration.ts";
export {
  isInBand,
  lengthPrefixedBytes,
  NAL_LENGTH_BYTES,
  parseLengthPrefixed,
  writeLengthPrefixed,
} from "./length_prefixed.ts";
export { isKeyFrame, type NalKind, nalKind } from "./nal_kind.ts";
export { checkNalUnit } from "./nal_unit_check.ts";
export { type NalIndex, NalUnits } from "./nal_units.ts";
export { type ParameterSetList, ParameterSets } from "./parameter_sets.ts";
export { profileLevelIdH264 } from "./profile_h264.ts";
export { type ProfileTierLevelH265, profileTierLevelH265 } from "./profile_h265.ts";
export { parseSpsH264, type SpsH264 } from "./sps_h264.ts";
export { parseSpsH265, type SpsH265 } from "./sps_h265.ts";
export type { ContractErrorCode, ErrorCode } from "../error_code.ts";
export { StreamerError } from "../errors.ts";
