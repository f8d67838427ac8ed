const FIRST_BYTES = 16 * 1024;

/**
 * A payload of known length that comes in pieces. Its memory grows with what has come, not with
 * what a peer announces.
 */
export class PartialPayload {
  readonly #total: number;
  #memory: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** Begins empty. */
  constructor(total: number) {
    this.#total = total;
    this.#memory = new Uint8Array(Math.min(total, FIRST_BYTES));
  }

  /** Bytes that have come. */
  get length(): number {
    return this.#length;
  }

  /** Bytes that have not come yet. */
  get left(): number {
    return this.#total - this.#length;
  }

  /** What has come, not copied. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#memory.subarray(0, this.#length);
  }

  /** Appends `source` from `start` to before `end`, which must fit into what is left. */
  append(source: Uint8Array, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#memory.length) {
      const grown = new Uint8Array(
        Math.min(this.#total, Math.max(needed, 4 * this.#memory.length)),
      );
      grown.set(this.bytes);
      this.#memory = grown;
    }
    this.#memory.set(source.subarray(start, end), this.#length);
    this.#length = needed;
  }
}
