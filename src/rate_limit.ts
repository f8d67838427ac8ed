/**
 * Limits how often something happens, such as a log message (token bucket): a burst first, then once in an interval.
 *
 * @example
 * ```ts
 * import { RateLimit } from "./rate_limit.ts";
 *
 * const limit = new RateLimit({ burst: 1, everyMs: 20_000 });
 * console.assert(limit.take(0) === 0);
 * console.assert(limit.take(10_000) === undefined);
 * console.assert(limit.take(20_000) === 1); // one was suppressed since the last one
 * ```
 */
export class RateLimit {
  readonly #burst: number;
  readonly #everyMs: number;
  #left: number;
  #filledMs = 0;
  #suppressed = 0;

  /**
   * @param options `burst`: size of the bucket, at least 1; `everyMs`: time until it may happen once more.
   */
  constructor({ burst, everyMs }: { readonly burst: number; readonly everyMs: number }) {
    this.#burst = this.#left = burst;
    this.#everyMs = everyMs;
  }

  /**
   * Decides whether it may happen now.
   *
   * @param nowMs Time on a monotonic clock.
   * @returns How often it was suppressed since the last time, or undefined if it must be suppressed, too.
   */
  take(nowMs: number): number | undefined {
    const earned = Math.floor((nowMs - this.#filledMs) / this.#everyMs);
    if (earned > 0) {
      this.#left = Math.min(this.#left + earned, this.#burst);
      this.#filledMs += earned * this.#everyMs;
    }
    if (this.#left === 0) {
      this.#suppressed++;
      return undefined;
    }
    if (this.#left-- === this.#burst) this.#filledMs = nowMs;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }
}
