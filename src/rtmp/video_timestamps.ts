/** Decoding and presentation time of an access unit, as RTMP represents them. */
export interface FrameTimes {
  /** Timestamp of the message: decoding time in milliseconds since the first frame, u32. */
  readonly timestampMs: number;
  /** Presentation time minus decoding time in milliseconds. */
  readonly compositionTimeMs: number;
}

/**
 * Computes the timestamps of one RTMP session. The first frame is decoded at 0, even if B-frames give it
 * a negative decoding time, and decoding times never decrease. Decoding and presentation time are rounded
 * separately, so that the presentation time is off by half a millisecond at most, however long the stream.
 *
 * @example
 * ```ts
 * import { VideoTimestamps } from "./video_timestamps.ts";
 *
 * const timestamps = new VideoTimestamps();
 * const { timestampMs, compositionTimeMs } = timestamps.next(0, -66_667);
 * console.assert(timestampMs === 0 && compositionTimeMs === 67);
 * ```
 */
export class VideoTimestamps {
  #originMs: number | undefined;
  #latestMs = 0;

  /**
   * Returns the times of the next access unit in decoding order.
   *
   * @param ptsUs Its presentation time in microseconds.
   * @param dtsUs Its decoding time in microseconds.
   */
  next(ptsUs: number, dtsUs: number): FrameTimes {
    const dtsMs = Math.round(dtsUs / 1000);
    this.#originMs ??= dtsMs;
    this.#latestMs = Math.max(this.#latestMs, dtsMs - this.#originMs);
    return {
      timestampMs: this.#latestMs % 2 ** 32,
      compositionTimeMs: Math.round(ptsUs / 1000) - this.#originMs - this.#latestMs,
    };
  }
}
