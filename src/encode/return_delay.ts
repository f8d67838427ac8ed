/** Fewer access units than this in a row were not worth going back for: an encoder had to be started anew. */
const WORTH_RETURNING = 5;
/** How long the next try must wait then, the first time; each time it is twice as long. */
const DELAY = { firstMs: 500, longestMs: 60_000 };

/** When to go back to a producer's access units: later each time, where only a few come in a row. */
export class ReturnDelay {
  #passedInARow = 0;
  #hasPassed = false;
  #fromMs = Number.NEGATIVE_INFINITY;
  #delayMs = DELAY.firstMs;

  /** Access units passed on since the last change. */
  get passedInARow(): number {
    return this.#passedInARow;
  }

  /** Whether going back is worth a try. */
  isOver(nowMs: number): boolean {
    return nowMs >= this.#fromMs;
  }

  /** One more was passed on. */
  passed(): void {
    this.#hasPassed = true;
    if (++this.#passedInARow === WORTH_RETURNING) this.#delayMs = DELAY.firstMs;
  }

  /** No more are passed on for now. */
  broken(nowMs: number): void {
    const wasWorthIt = !this.#hasPassed || this.#passedInARow >= WORTH_RETURNING;
    this.#passedInARow = 0;
    if (wasWorthIt) return;
    this.#fromMs = nowMs + this.#delayMs;
    this.#delayMs = Math.min(2 * this.#delayMs, DELAY.longestMs);
  }
}
