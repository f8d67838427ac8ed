import type { StreamerError } from "../../errors.ts";

/** No wait is longer than so many times the first. */
const MOST = 4;

/** How long a server is waited for: each time that was not long enough, twice as long the next time. */
export class Patience {
  readonly #firstMs: number;
  #times = 1;

  /** @param firstMs Limit of the first try, in milliseconds. */
  constructor(firstMs: number) {
    this.#firstMs = firstMs;
  }

  /** Limit of the next try, in milliseconds. */
  get timeoutMs(): number {
    return this.#firstMs * this.#times;
  }

  /** A try has ended like this. */
  observe({ code }: StreamerError): void {
    this.#times = code === "rtmp_timeout" ? Math.min(2 * this.#times, MOST) : 1;
  }
}
