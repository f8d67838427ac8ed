const INITIAL_BYTES = 64 * 1024;

/** The NAL unit that is being put together from fragments: one block of memory, used again and again. */
export class FragmentBuffer {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #length = 0;

  /** Bytes held. */
  get length(): number {
    return this.#length;
  }

  /** Empties the buffer. */
  clear(): void {
    this.#length = 0;
  }

  /** Adds a copy of `data`. */
  append(data: Uint8Array): void {
    const needed = this.#length + data.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(data, this.#length);
    this.#length = needed;
  }

  /** A copy of what is held, behind `header`. */
  unit(header: Uint8Array): Uint8Array {
    const result = new Uint8Array(header.length + this.#length);
    result.set(header);
    result.set(this.#bytes.subarray(0, this.#length), header.length);
    return result;
  }
}
