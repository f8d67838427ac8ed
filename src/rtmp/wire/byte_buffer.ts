const INITIAL_BYTES = 4096;

/** Bytes in one block of memory that grows as needed and is used again and again. */
export class ByteBuffer {
  #memory: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length = 0;

  /** Begins empty. */
  constructor(initialBytes: number = INITIAL_BYTES) {
    this.#memory = new Uint8Array(initialBytes);
    this.#view = new DataView(this.#memory.buffer);
  }

  /** Bytes written since the last {@linkcode clear}. */
  get length(): number {
    return this.#length;
  }

  /** What was written, not copied: valid until the next write or {@linkcode clear}. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#memory.subarray(0, this.#length);
  }

  /** Forgets what was written and keeps the memory. */
  clear(): void {
    this.#length = 0;
  }

  /** Makes room for `more` bytes, so that writing them moves nothing. */
  reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#memory.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#memory.length));
    grown.set(this.bytes);
    this.#memory = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** Writes the low 8 bits. */
  u8(value: number): void {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
  }

  /** Writes the low 16 bits, big-endian. */
  u16(value: number): void {
    const at = this.#grow(2);
    this.#view.setUint16(at, value);
  }

  /** Writes the low 24 bits, big-endian. */
  u24(value: number): void {
    const at = this.#grow(3);
    this.#view.setUint8(at, value >>> 16);
    this.#view.setUint16(at + 1, value);
  }

  /** Writes the low 32 bits, big-endian. */
  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
  }

  /** Writes the low 32 bits, little-endian. */
  u32le(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
  }

  /** Writes a floating-point number of 64 bits, big-endian. */
  f64(value: number): void {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value);
  }

  /** Copies `source` from `start` to before `end`. */
  copy(source: Uint8Array, start = 0, end: number = source.length): void {
    const length = end - start;
    const at = this.#grow(length);
    this.#memory.set(length === source.length ? source : source.subarray(start, end), at);
  }

  #grow(length: number): number {
    this.reserve(length);
    const at = this.#length;
    this.#length += length;
    return at;
  }
}
