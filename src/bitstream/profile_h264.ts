import { BitstreamError } from "./bitstream_error.ts";
import { checkSpsTypeH264 } from "./nal_unit_h264.ts";

/**
 * Returns the `profile-level-id` of an H.264 stream (RFC 6184, 8.1): `profile_idc`, the constraint flags
 * and `level_idc` of its sequence parameter set, as six hexadecimal digits.
 *
 * @param sps The SPS, without start code.
 * @throws {BitstreamError} If it is not an SPS, or is truncated.
 *
 * @example
 * ```ts
 * import { profileLevelIdH264 } from "./profile_h264.ts";
 *
 * console.assert(profileLevelIdH264(Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0xd9)) === "42C01E");
 * ```
 */
export function profileLevelIdH264(sps: Uint8Array): string {
  checkSpsTypeH264(sps, "an H.264 profile");
  const [, profile, constraints, level] = sps;
  if (profile === undefined || constraints === undefined || level === undefined) {
    throw new BitstreamError(
      `Cannot read an H.264 profile: the SPS has ${sps.length} bytes, at least 4 are required`,
    );
  }
  return [profile, constraints, level]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
}
