/** Delays between attempts to reconnect. */
export interface BackoffRange {
  /** Upper bound of the first delay in milliseconds. */
  readonly firstMs: number;
  /** Upper bound of all delays in milliseconds. */
  readonly longestMs: number;
}

/**
 * Exponential backoff with jitter. The upper bound doubles with each attempt. The delay is between half
 * of the bound and the bound, so that many streamers do not return to a restarted server at once.
 */
export class Backoff {
  readonly #range: BackoffRange;
  readonly #random: () => number;
  #nextMs: number;

  /** @param random Returns numbers from 0 to 1, like `Math.random`. */
  constructor(range: BackoffRange, random: () => number = Math.random) {
    this.#range = range;
    this.#random = random;
    this.#nextMs = range.firstMs;
  }

  /** Returns the delay before the next attempt, in milliseconds. */
  next(): number {
    const boundMs = this.#nextMs;
    this.#nextMs = Math.min(boundMs * 2, this.#range.longestMs);
    return boundMs * (1 + this.#random()) / 2;
  }

  /** Starts again with the first delay, after a successful attempt. */
  reset(): void {
    this.#nextMs = this.#range.firstMs;
  }
}
