/**
 * Bounds how often something is logged, whatever happens how often: some messages at once, then one in a while.
 *
 * @example
 * ```ts
 * import { LogLimit } from "./log_limit.ts";
 *
 * const limit = new LogLimit({ burst: 1, everyMs: 20_000 });
 * console.assert(limit.take(0) === 0);
 * console.assert(limit.take(10_000) === undefined);
 * console.assert(limit.take(20_000) === 1); // one was not logged meanwhile
 * ```
 */
export class LogLimit {
  readonly #burst: number;
  readonly #everyMs: number;
  #left: number;
  #filledMs = 0;
  #suppressed = 0;

  /**
   * @param options `burst`: messages that may come at once, at least 1; `everyMs`: time in which another may come.
   */
  constructor({ burst, everyMs }: { readonly burst: number; readonly everyMs: number }) {
    this.#burst = this.#left = burst;
    this.#everyMs = everyMs;
  }

  /**
   * Asks whether to log now.
   *
   * @param nowMs On any steady clock.
   * @returns How many messages were not logged since the last one that was; undefined: nor may this one be.
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
