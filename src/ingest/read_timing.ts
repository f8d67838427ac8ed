import { monotonicMs } from "../../ffi/clock.ts";
import type { FrameReader } from "../../ffi/frame_reader.ts";
import type { ReaderEvent } from "../../ffi/reader_event.ts";
import type { FramePace } from "./frame_pace.ts";
import { SettlePolicy, type TornCause } from "./settle_policy.ts";

/**
 * Share of the frame interval in which a frame must be checked. A producer begins to write the next frame some time
 * before it announces it. The fingerprint misses that if the sampled lines of a plane are the same in both frames; the
 * clock does not.
 */
const SAFE_PART_OF_INTERVAL = 0.75;
/** Share of the frame interval in which a producer that leaves time for reading does not write again. */
const CALM_PART_OF_INTERVAL = 0.5;
/** Smallest relative change of the time limit that is passed to the reader. */
const LIMIT_STEP = 1 / 50;

/** Sets how long the reader thread may take for a frame, and how long it settles. */
export class ReadTiming {
  readonly #reader: Pick<FrameReader, "pace" | "stands">;
  readonly #pace: FramePace;
  readonly #settlePolicy = new SettlePolicy();
  /** What the reader was last set to. */
  #limitMs = 0;
  #settleMs = 0;
  /** Number of the newest frame read: the only one that can be checked again. */
  #newest = 0n;

  /** Takes the frame interval from `pace`. */
  constructor(reader: Pick<FrameReader, "pace" | "stands">, pace: FramePace) {
    this.#reader = reader;
    this.#pace = pace;
  }

  /** Records a frame that was read intact. */
  intact(): void {
    this.#settlePolicy.intact();
  }

  /** Records a torn frame. */
  torn(event: ReaderEvent): void {
    this.#settlePolicy.torn(this.#tornCause(event));
  }

  /** Records a frame that was too late because of settling. */
  lateAfterSettling(): void {
    this.#settlePolicy.torn("long_settle");
  }

  /** Passes the current times to the reader, if they changed. */
  apply(): void {
    const { intervalMs } = this.#pace;
    const limitMs = (intervalMs ?? 0) * SAFE_PART_OF_INTERVAL;
    const settleMs = this.#settlePolicy.settleMs(intervalMs);
    // The measured interval varies slightly with every frame.
    const isSameLimit = Math.abs(limitMs - this.#limitMs) <= this.#limitMs * LIMIT_STEP;
    if (settleMs === this.#settleMs && isSameLimit) return;
    this.#limitMs = limitMs;
    this.#settleMs = settleMs;
    this.#reader.pace(limitMs, settleMs);
  }

  /**
   * Returns a function that checks the frame again once it has been encoded, which adds no latency, and returns
   * whether it is still intact. It detects a writer that had started before the fingerprint was taken, and was then
   * stalled until the frame was read.
   */
  confirmation(number: bigint, arrivedMs: number): () => boolean {
    const { intervalMs } = this.#pace;
    const hasSettled = this.#settlePolicy.settleMs(intervalMs) > 0;
    this.#newest = number;
    // A frame checked after settling would show nothing new.
    if (hasSettled) return () => true;
    const calmUntilMs = arrivedMs + (intervalMs ?? 0) * CALM_PART_OF_INTERVAL;
    return () => {
      if (this.#newest !== number || monotonicMs() > calmUntilMs) return true;
      if (this.#reader.stands(number)) return true;
      this.#settlePolicy.tornAfterDelivery();
      return false;
    };
  }

  /** Makes all confirmations succeed from now on: the reader is about to end. */
  end(): void {
    this.#newest = 0n;
  }

  #tornCause({ settled, prompt }: ReaderEvent): TornCause {
    const { intervalMs = Infinity } = this.#pace;
    const isLongSettle = settled && this.#settlePolicy.settleMs(intervalMs) >= intervalMs / 4;
    if (isLongSettle) return "long_settle";
    return prompt ? "early_write" : "late_read";
  }
}
