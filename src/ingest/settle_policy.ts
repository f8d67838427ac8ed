/** Time in which a stalled writer continues: longer than a scheduler time slice. */
const SETTLE_MS = 3;
/** Longest share of the frame interval spent settling, so that settling does not make frames late. */
const SETTLE_PART_OF_INTERVAL = 1 / 8;
/**
 * Score from 0 to 1 of how often the producer overwrites a frame too early for any reader. An early write raises it by
 * a share of the distance to 1; any other frame lowers it by a share of itself. Above the threshold, the frame
 * interval does not limit the settle time.
 */
const EARLY_WRITE_SCORE = { initial: 1, rise: 1 / 4, decay: 1 / 32, threshold: 0.5 };
/** Frames settled at the start: few, because settling adds latency, but enough to detect early writes. */
const INITIAL_FRAMES = 8;
/** Frames settled after a torn one. */
const FRAMES_AFTER_TORN = 64;
/** When that many were too few: the factor by which the number grows each time, and its limit. */
const BACKOFF = { factor: 4, most: 4096 };

/**
 * Why a frame was torn. `early_write`: the producer wrote too soon for any reader. `long_settle`: we settled for
 * longer than the producer leaves for reading. `late_read`: we began to read late.
 */
export type TornCause = "early_write" | "long_settle" | "late_read";

/**
 * Decides how long to wait between copying a frame and checking it again.
 *
 * A producer that starts the next frame immediately may have started before the fingerprint of the announced frame was
 * taken. If its write then stalls, as happens when producer and reader share few processors, nothing changes during
 * the copy and the torn frame goes undetected. So after torn frames, the next ones are checked after a pause in which
 * a stalled writer would continue.
 */
export class SettlePolicy {
  readonly #settleMs: number;
  #framesLeft = INITIAL_FRAMES;
  #framesAfterMiss = FRAMES_AFTER_TORN;
  #intactSinceMiss = 0;
  #earlyWriteScore: number = EARLY_WRITE_SCORE.initial;

  /**
   * @param settleMs Longest pause, in milliseconds.
   * @default 3
   */
  constructor(settleMs = SETTLE_MS) {
    this.#settleMs = settleMs;
  }

  /**
   * Returns the time to wait between the copy and the second check, in milliseconds.
   *
   * @param intervalMs Usual time between two frames, if known.
   */
  settleMs(intervalMs: number | undefined): number {
    if (this.#framesLeft === 0) return 0;
    // A fast producer is stalled for as long as a slow one.
    if (this.#earlyWriteScore > EARLY_WRITE_SCORE.threshold) return this.#settleMs;
    return Math.min(this.#settleMs, (intervalMs ?? Infinity) * SETTLE_PART_OF_INTERVAL);
  }

  /** Records a frame that was read intact. */
  intact(): void {
    this.#lowerScore();
    if (this.#framesLeft > 0) this.#framesLeft--;
    if (++this.#intactSinceMiss > 2 * BACKOFF.most) this.#framesAfterMiss = FRAMES_AFTER_TORN;
  }

  /** Records a torn frame. */
  torn(cause: TornCause = "early_write"): void {
    if (cause !== "long_settle") this.#framesLeft = Math.max(this.#framesLeft, FRAMES_AFTER_TORN);
    if (cause === "early_write") {
      this.#earlyWriteScore += (1 - this.#earlyWriteScore) * EARLY_WRITE_SCORE.rise;
    }
    if (cause === "long_settle") this.#lowerScore();
  }

  /**
   * Records a frame that was found to be torn after its delivery, or whose producer writes so soon that it cannot be
   * checked. Each one is missing from the stream, so each makes the policy settle more of the following frames.
   */
  tornAfterDelivery(): void {
    this.#intactSinceMiss = 0;
    this.#framesAfterMiss = Math.min(this.#framesAfterMiss * BACKOFF.factor, BACKOFF.most);
    this.#framesLeft = this.#framesAfterMiss;
  }

  #lowerScore(): void {
    this.#earlyWriteScore -= this.#earlyWriteScore * EARLY_WRITE_SCORE.decay;
  }
}
