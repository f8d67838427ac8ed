/** A rate limiter with a token bucket. */
export class TokenBucket {
  readonly #burstBytes: number;
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  #tokens: number;
  #filledMs = performance.now();
  #changed = Promise.withResolvers<void>();

  /**
   * Creates a full bucket without a rate limit.
   *
   * @param burstBytes Bytes that may pass immediately after a pause.
   */
  constructor(burstBytes: number) {
    this.#burstBytes = burstBytes;
    this.#tokens = burstBytes;
  }

  /**
   * Rate in bytes per second. 0 stops everything, Infinity is no limit.
   *
   * @default Infinity
   */
  set bytesPerSecond(value: number) {
    this.#fill();
    this.#bytesPerSecond = value;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /**
   * Waits until a number of bytes may pass.
   *
   * @param bytes At most the burst size.
   */
  async take(bytes: number): Promise<void> {
    await this.open();
    for (this.#fill(); this.#tokens < bytes; this.#fill()) {
      await this.#pause(1000 * (bytes - this.#tokens) / this.#bytesPerSecond);
    }
    this.#tokens -= bytes;
  }

  /** Waits until the rate is not 0. */
  async open(): Promise<void> {
    while (this.#bytesPerSecond === 0) await this.#changed.promise;
  }

  #fill(): void {
    const nowMs = performance.now();
    const fresh = this.#bytesPerSecond === Number.POSITIVE_INFINITY
      ? this.#burstBytes
      : this.#bytesPerSecond * (nowMs - this.#filledMs) / 1000;
    this.#tokens = Math.min(this.#burstBytes, this.#tokens + fresh);
    this.#filledMs = nowMs;
  }

  /** Waits for a time, or until the rate changes. */
  async #pause(milliseconds: number): Promise<void> {
    const { promise } = this.#changed;
    if (milliseconds === Number.POSITIVE_INFINITY) return await promise;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => timer = setTimeout(resolve, milliseconds));
    await Promise.race([promise, over]);
    clearTimeout(timer);
  }
}
