/**
 * Limits how often a message is logged (token bucket): a burst first, then one message per interval.
 *
 * @example
 * ```ts
 * import { LogLimit } from "./log_limit.ts";
 *
 * const limit = new LogLimit({ burst: 1, everyMs: 20_000 });
 * console.assert(limit.take(0) === 0);
 * console.assert(limit.take(10_000) === undefined);
 * console.assert(limit.take(20_000) === 1); // one was suppressed since the last one
 * ```
 */
export class LogLimit {
  readonly #burst: number;
  readonly #everyMs: number;
  #left: number;
  #filledMs = 0;
  #suppressed = 0;

  /**
   * @param options `burst`: size of the bucket, at least 1; `everyMs`: time until another message is allowed.
   */
  constructor({ burst, everyMs }: { readonly burst: number; readonly everyMs: number }) {
    this.#burst = this.#left = burst;
    this.#everyMs = everyMs;
  }

  /**
   * Decides whether to log a message now.
   *
   * @param nowMs Time on a monotonic clock.
   * @returns The number of messages suppressed since the last logged one, or undefined if this one must be
   * suppressed, too.
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
