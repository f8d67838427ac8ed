import { profileLevelIdH264 } from "./profile_h264.ts";
import { profileTierLevelH265 } from "./profile_h265.ts";

/**
 * Returns the `codecs` value of an H.264 stream (RFC 6381, 3.3), for example `avc1.42C01E`.
 *
 * @param sps The SPS, without start code.
 * @throws {BitstreamError} If it is not an SPS, or is truncated.
 *
 * @example
 * ```ts
 * import { codecStringH264 } from "./codec_string.ts";
 *
 * console.assert(codecStringH264(Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0xd9)) === "avc1.42C01E");
 * ```
 */
export function codecStringH264(sps: Uint8Array): string {
  return `avc1.${profileLevelIdH264(sps)}`;
}

/**
 * Returns the `codecs` value of an H.265 stream whose parameter sets are in the configuration record (ISO/IEC 14496-15,
 * Annex E.3), for example `hvc1.1.6.L93.B0`: profile space and profile; compatibility flags, lowest bit first; tier and
 * level; constraint bytes without trailing zeros.
 *
 * @param sps The SPS, without start code.
 * @throws {BitstreamError} If it is not an SPS, or is truncated.
 */
export function codecStringH265(sps: Uint8Array): string {
  const profile = profileTierLevelH265(sps);
  const space = ["", "A", "B", "C"][profile.profileSpace];
  const compatibility = parseInt(profile.profileCompatibilityIndicator, 16);
  const tier = profile.tierFlag === 0 ? "L" : "H";
  const constraints = profile.interopConstraints.replace(/(00)+$/, "").match(/../g) ?? [];
  return [
    "hvc1",
    `${space}${profile.profileId}`,
    reversedBits(compatibility).toString(16).toUpperCase(),
    `${tier}${profile.levelId}`,
    ...constraints.map((byte) => parseInt(byte, 16).toString(16).toUpperCase()),
  ].join(".");
}

function reversedBits(value: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit++) result = result << 1 | (value >>> bit & 1);
  return result >>> 0;
}
