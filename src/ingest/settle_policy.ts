/** Time in which a writer that was held up goes on: longer than a scheduler's turn. */
const SETTLE_MS = 3;
/** The part of the frame interval that settling may take: it must not make frames late. */
const SETTLE_PART_OF_INTERVAL = 1 / 8;
/**
 * How hasty a producer is, from 0 to 1: it grows by a part of what is left with each frame that is written over
 * too soon, and falls by a part with each other one. Above the limit, no pause is too long.
 */
const HASTE = { atFirst: 1, grows: 1 / 4, falls: 1 / 32, limit: 0.5 };
/** Frames that are not trusted at first: few, since it costs latency, but enough to see a hasty producer. */
const AT_FIRST = 8;
/** Frames that are not trusted after a torn one. */
const AFTER_TORN = 64;
/** Frames that are not trusted where that turned out to be too few: so many times more each time, up to the most. */
const AFTER_HINDSIGHT = { times: 4, most: 4096 };

/** What a frame that was written over says of its producer. */
export type Haste = "hasty" | "patient" | "unknown";

/**
 * How far a producer is trusted to leave time for reading. One that begins the next frame at once may
 * have begun before the fingerprint of an announced frame could be taken; if it is held up then, as happens
 * where it shares few processors with its reader, nothing changes during the copy and nothing tells. So
 * where frames were torn, those after them are looked at again after a pause in which it would go on.
 */
export class SettlePolicy {
  readonly #settleMs: number;
  #framesLeft = AT_FIRST;
  #afterHindsight = AFTER_TORN;
  #wholeSinceHindsight = 0;
  #haste: number = HASTE.atFirst;

  /** @param settleMs The longest pause, in milliseconds. */
  constructor(settleMs = SETTLE_MS) {
    this.#settleMs = settleMs;
  }

  /**
   * Milliseconds to wait between the copy and the second look.
   *
   * @param intervalMs Usual time from one frame to the next, where known.
   */
  settleMs(intervalMs: number | undefined): number {
    if (this.#framesLeft === 0) return 0;
    // One that leaves no time for reading is held up as long as any other.
    if (this.#haste > HASTE.limit) return this.#settleMs;
    return Math.min(this.#settleMs, (intervalMs ?? Infinity) * SETTLE_PART_OF_INTERVAL);
  }

  /** A frame was read whole. */
  whole(): void {
    this.#haste -= this.#haste * HASTE.falls;
    if (this.#framesLeft > 0) this.#framesLeft--;
    if (++this.#wholeSinceHindsight > 2 * AFTER_HINDSIGHT.most) this.#afterHindsight = AFTER_TORN;
  }

  /**
   * A frame was torn.
   *
   * @param haste `hasty`: its producer wrote too soon for any reader. `patient`: our pause was longer than the
   * producer leaves time for. `unknown`: we had begun to read late.
   */
  torn(haste: Haste = "hasty"): void {
    if (haste !== "patient") this.#framesLeft = Math.max(this.#framesLeft, AFTER_TORN);
    if (haste === "hasty") this.#haste += (1 - this.#haste) * HASTE.grows;
    if (haste === "patient") this.#haste -= this.#haste * HASTE.falls;
  }

  /**
   * A frame that was handed on was torn, or its producer writes so soon that no one could tell. Each such frame
   * is missing in the stream, so there are to be fewer and fewer of them.
   */
  tornInHindsight(): void {
    this.#wholeSinceHindsight = 0;
    const { times, most } = AFTER_HINDSIGHT;
    this.#afterHindsight = Math.min(this.#afterHindsight * times, most);
    this.#framesLeft = this.#afterHindsight;
  }
}
