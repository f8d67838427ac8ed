const SETTLE_MS = 3;
/** Frames that are not trusted at first: few, since it costs latency, but enough to see a hasty producer. */
const AT_FIRST = 8;
/** Frames that are not trusted after a torn one. */
const AFTER_TORN = 64;
/** How many times longer than the last time nobody is trusted when it turns out to have been too short. */
const MORE_WARY = 4;

/**
 * How far a producer is trusted to leave time for reading. One that begins the next frame at once may
 * have begun before the fingerprint of an announced frame could be taken; if it is held up then, as happens
 * where it shares few processors with its reader, nothing changes during the copy and nothing tells. So
 * where frames were torn, those after them are looked at again after a pause in which it would go on.
 */
export class Wariness {
  readonly #settleMs: number;
  #framesLeft = AT_FIRST;
  #afterHindsight = AFTER_TORN;

  /** @param settleMs Time in which a writer that was held up goes on: longer than a scheduler's turn. */
  constructor(settleMs = SETTLE_MS) {
    this.#settleMs = settleMs;
  }

  /** Whether frames that were seen when they were announced are taken without a pause. */
  get trusting(): boolean {
    return this.#framesLeft === 0;
  }

  /** Milliseconds to wait between the copy and the second look. */
  settleMs(hasAnnouncedFingerprint: boolean): number {
    return this.trusting && hasAnnouncedFingerprint ? 0 : this.#settleMs;
  }

  /** A frame was read whole. */
  whole(): void {
    if (this.#framesLeft > 0) this.#framesLeft--;
  }

  /** A frame was torn. */
  torn(): void {
    this.#framesLeft = Math.max(this.#framesLeft, AFTER_TORN);
  }

  /**
   * A frame that was handed on was torn, or its producer writes so soon that nobody could tell. Each such frame
   * is missing in the stream, so there are to be fewer and fewer of them.
   */
  tornInHindsight(): void {
    this.#afterHindsight *= MORE_WARY;
    this.#framesLeft = this.#afterHindsight;
  }
}
