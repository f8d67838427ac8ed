/** RTP clock rate of H.264 and H.265 in Hz (RFC 6184, 8.2.1; RFC 7798, 7.1). */
export const VIDEO_CLOCK_RATE = 90_000;

/**
 * Converts media time to RTP timestamps: 90 kHz plus a random offset, modulo 2^32 (RFC 3550, 5.1).
 *
 * @example
 * ```ts
 * import { RtpClock } from "./rtp_clock.ts";
 *
 * const clock = new RtpClock(0xffff_ffff);
 * console.assert(clock.timestamp(0) === 0xffff_ffff);
 * console.assert(clock.timestamp(1_000_000) === 89_999); // Wrapped.
 * ```
 */
export class RtpClock {
  readonly #offset: number;

  /**
   * Creates a clock.
   *
   * @param offset RTP timestamp of media time 0, u32.
   */
  constructor(offset: number) {
    this.#offset = offset;
  }

  /**
   * Returns the RTP timestamp, u32, of a media time.
   *
   * @param mediaUs Microseconds since the start of the stream; exact for 30 years.
   */
  timestamp(mediaUs: number): number {
    return (Math.round(mediaUs * 9 / 100) % 2 ** 32 + this.#offset) >>> 0;
  }
}
