/** Waits between tries to reconnect. */
export interface BackoffRange {
  /** The first wait in milliseconds. */
  readonly firstMs: number;
  /** No wait is longer. */
  readonly longestMs: number;
}

/**
 * Growing, jittered, bounded waits: each may be twice as long as the one before, and lasts between
 * half of that and all of it, so that many streamers do not come back to a restarted server at once.
 */
export class Backoff {
  readonly #range: BackoffRange;
  readonly #random: () => number;
  #nextMs: number;

  /** @param random Gives numbers from 0 to 1, as `Math.random` does. */
  constructor(range: BackoffRange, random: () => number = Math.random) {
    this.#range = range;
    this.#random = random;
    this.#nextMs = range.firstMs;
  }

  /** How long to wait before the next try, in milliseconds. */
  next(): number {
    const most = this.#nextMs;
    this.#nextMs = Math.min(most * 2, this.#range.longestMs);
    return most * (1 + this.#random()) / 2;
  }

  /** The last try was a success that lasted. */
  reset(): void {
    this.#nextMs = this.#range.firstMs;
  }
}
