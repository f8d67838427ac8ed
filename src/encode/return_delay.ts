/** Access units in a row that make a return worthwhile: with fewer, the encoder was restarted for little. */
const WORTH_RETURNING = 5;
/** Delay after a return that was not worthwhile. It doubles each time, up to the limit. */
const DELAY = { firstMs: 500, longestMs: 60_000 };

/**
 * Decides when to return from encoding to a producer's access units. The delay backs off while only a few come in a
 * row.
 */
export class ReturnDelay {
  #passedInARow = 0;
  #hasPassed = false;
  #fromMs = Number.NEGATIVE_INFINITY;
  #delayMs = DELAY.firstMs;

  /** Access units passed on since the last return. */
  get passedInARow(): number {
    return this.#passedInARow;
  }

  /** Whether the delay is over. */
  isOver(nowMs: number): boolean {
    return nowMs >= this.#fromMs;
  }

  /** Counts an access unit that was passed on. */
  passed(): void {
    this.#hasPassed = true;
    if (++this.#passedInARow === WORTH_RETURNING) this.#delayMs = DELAY.firstMs;
  }

  /** Records that access units can no longer be passed on, and sets the delay. */
  broken(nowMs: number): void {
    const wasWorthIt = !this.#hasPassed || this.#passedInARow >= WORTH_RETURNING;
    this.#passedInARow = 0;
    if (wasWorthIt) return;
    this.#fromMs = nowMs + this.#delayMs;
    this.#delayMs = Math.min(2 * this.#delayMs, DELAY.longestMs);
  }
}
