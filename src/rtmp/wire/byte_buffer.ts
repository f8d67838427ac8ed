const INITIAL_BYTES = 4096;
const GROWTH_FACTOR = 2;
/** Growth of a buffer with a maximum: fewer copies while a large message accumulates. */
const BOUNDED_GROWTH_FACTOR = 4;

/** A growable byte buffer with big-endian writers. Its memory is reused after {@linkcode clear}. */
export class ByteBuffer {
  readonly #maxBytes: number;
  #memory: Uint8Array<ArrayBuffer>;
  #length = 0;

  /**
   * Creates an empty buffer.
   *
   * @param initialBytes Bytes to allocate now.
   * @param maxBytes Bytes that will ever be written, if known: the buffer does not allocate more.
   */
  constructor(initialBytes: number = INITIAL_BYTES, maxBytes: number = Number.POSITIVE_INFINITY) {
    this.#maxBytes = maxBytes;
    this.#memory = new Uint8Array(Math.min(initialBytes, maxBytes));
  }

  /** Bytes written since the last {@linkcode clear}. */
  get length(): number {
    return this.#length;
  }

  /** A view of the written bytes, valid until the next write or {@linkcode clear}. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#memory.subarray(0, this.#length);
  }

  /** Discards the content and keeps the memory. */
  clear(): void {
    this.#length = 0;
  }

  /** Ensures that `more` bytes can be written without another allocation. */
  reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#memory.length) return;
    const factor = Number.isFinite(this.#maxBytes) ? BOUNDED_GROWTH_FACTOR : GROWTH_FACTOR;
    const amortized = Math.min(factor * this.#memory.length, this.#maxBytes);
    const grown = new Uint8Array(Math.max(needed, amortized));
    grown.set(this.bytes);
    this.#memory = grown;
  }

  /** Writes the low 8 bits. */
  u8(value: number): void {
    const at = this.#append(1);
    this.#memory[at] = value;
  }

  /** Writes the low 16 bits, big-endian. */
  u16(value: number): void {
    const at = this.#append(2);
    this.#memory[at] = value >>> 8;
    this.#memory[at + 1] = value;
  }

  /** Writes the low 24 bits, big-endian. */
  u24(value: number): void {
    const at = this.#append(3);
    this.#memory[at] = value >>> 16;
    this.#memory[at + 1] = value >>> 8;
    this.#memory[at + 2] = value;
  }

  /** Writes the low 32 bits, big-endian. */
  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value);
  }

  /** Writes the low 32 bits, little-endian. */
  u32le(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.u8(value >>> shift);
  }

  /** Writes a 64-bit floating-point number, big-endian. */
  f64(value: number): void {
    const at = this.#append(8);
    new DataView(this.#memory.buffer).setFloat64(at, value);
  }

  /** Appends a copy of `source` from `start` up to, but not including, `end`. */
  copy(source: Uint8Array, start = 0, end: number = source.length): void {
    const length = end - start;
    const at = this.#append(length);
    this.#memory.set(length === source.length ? source : source.subarray(start, end), at);
  }

  /** Makes room for `length` bytes and returns their offset. */
  #append(length: number): number {
    this.reserve(length);
    const at = this.#length;
    this.#length += length;
    return at;
  }
}
