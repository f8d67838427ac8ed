/** When an access unit is decoded and shown, in the words of RTMP. */
export interface FrameTimes {
  /** Timestamp of the message: decoding time in milliseconds since the first frame, u32. */
  readonly timestampMs: number;
  /** Presentation time less decoding time in milliseconds. */
  readonly compositionTimeMs: number;
}

/**
 * Timestamps of one RTMP session. The first frame is decoded at 0, also where B-frames give it a
 * negative decoding time; from there time never runs backwards. Decoding and presentation time are
 * rounded each by itself, so that the time of presentation is never off by more than half a
 * millisecond, however long the stream.
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
   * The times of the next access unit in decoding order.
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
