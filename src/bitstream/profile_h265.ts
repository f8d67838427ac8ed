import { BitReader } from "./bit_reader.ts";
import { checkSpsTypeH265 } from "./nal_unit_h265.ts";
import { removeEmulationPrevention } from "./rbsp.ts";

/** Offset of `profile_tier_level()` in an SPS: after the NAL unit header and one byte of fields. */
export const SPS_PROFILE_OFFSET = 3;
/** Size of the general part of `profile_tier_level()` in bytes, including the level. */
export const GENERAL_BYTES = 12;
/** Bits of a sub-layer's profile: the general part without the level. */
const PROFILE_BITS = 88;
/** Bits of a level. */
const LEVEL_BITS = 8;

/** General profile, tier and level of an H.265 stream (ITU-T H.265, 7.3.3; RFC 7798, 7.1). */
export interface ProfileTierLevelH265 {
  /** `general_profile_space`, 0 to 3. */
  readonly profileSpace: number;
  /** `general_tier_flag`: 0 is Main tier, 1 is High tier. */
  readonly tierFlag: number;
  /** `general_profile_idc`, 0 to 31: 1 is Main, 2 is Main 10. */
  readonly profileId: number;
  /** The 32 `general_profile_compatibility_flag`s, as 8 hexadecimal digits. */
  readonly profileCompatibilityIndicator: string;
  /** The 48 source and constraint flags, as 12 hexadecimal digits. */
  readonly interopConstraints: string;
  /** `general_level_idc`, 30 times the level: 93 is level 3.1. */
  readonly levelId: number;
}

/**
 * Reads the general profile, tier and level of a sequence parameter set.
 *
 * @param sps The SPS, without start code.
 * @throws {BitstreamError} If it is not an SPS, or is truncated.
 */
export function profileTierLevelH265(sps: Uint8Array): ProfileTierLevelH265 {
  checkSpsTypeH265(sps, "an H.265 profile");
  const rbsp = removeEmulationPrevention(sps, SPS_PROFILE_OFFSET + GENERAL_BYTES);
  const bits = new BitReader(rbsp, SPS_PROFILE_OFFSET);
  return {
    profileSpace: bits.unsigned(2),
    tierFlag: bits.unsigned(1),
    profileId: bits.unsigned(5),
    profileCompatibilityIndicator: hex(bits.unsigned(32), 8),
    interopConstraints: hex(bits.unsigned(24), 6) + hex(bits.unsigned(24), 6),
    levelId: bits.unsigned(8),
  };
}

/**
 * Skips `profile_tier_level()` of an SPS (ITU-T H.265, 7.3.3).
 *
 * @param bits Positioned at its start; positioned at its end afterwards.
 * @param subLayers `sps_max_sub_layers_minus1`, 0 to 7.
 * @throws {BitstreamError} If it is truncated.
 */
export function skipProfileTierLevel(bits: BitReader, subLayers: number): void {
  bits.skip(8 * GENERAL_BYTES);
  let profiles = 0;
  let levels = 0;
  for (let i = 0; i < subLayers; i++) {
    profiles += bits.unsigned(1);
    levels += bits.unsigned(1);
  }
  if (subLayers > 0) bits.skip(2 * (8 - subLayers));
  bits.skip(PROFILE_BITS * profiles + LEVEL_BITS * levels);
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
