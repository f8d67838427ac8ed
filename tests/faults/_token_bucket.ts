/** How many bytes may pass, and when. */
export class TokenBucket {
  readonly #burstBytes: number;
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  #tokens: number;
  #filledMs = performance.now();
  #changed = Promise.withResolvers<void>();

  /** Full, and without a limit. @param burstBytes What may pass at once after a pause. */
  constructor(burstBytes: number) {
    this.#burstBytes = burstBytes;
    this.#tokens = burstBytes;
  }

  /** Bytes that pass in a second, from now on: from 0, nothing, to Infinity. */
  set bytesPerSecond(value: number) {
    this.#fill();
    this.#bytesPerSecond = value;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /**
   * Resolves when so many bytes may pass.
   *
   * @param bytes At most the burst.
   */
  async take(bytes: number): Promise<void> {
    await this.open();
    for (this.#fill(); this.#tokens < bytes; this.#fill()) {
      await this.#pause(1000 * (bytes - this.#tokens) / this.#bytesPerSecond);
    }
    this.#tokens -= bytes;
  }

  /** Resolves when anything may pass at all. */
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

  /** For so long, unless the rate changes. */
  async #pause(milliseconds: number): Promise<void> {
    const { promise } = this.#changed;
    if (milliseconds === Number.POSITIVE_INFINITY) return await promise;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => timer = setTimeout(resolve, milliseconds));
    await Promise.race([promise, over]);
    clearTimeout(timer);
  }
}
