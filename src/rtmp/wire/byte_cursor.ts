import { RtmpError } from "../rtmp_error.ts";

/** Reads big-endian fields of bytes from outside one after the other, and never past their end. */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #subject: string;
  #offset = 0;

  /**
   * Begins at the first byte.
   *
   * @param bytes What to read.
   * @param subject What the bytes are, for the error, for example `An AMF0 value`.
   */
  constructor(bytes: Uint8Array, subject: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#subject = subject;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  /**
   * Reads an unsigned byte.
   *
   * @throws {RtmpError} If the bytes end first, as all reads do.
   */
  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  /** Reads an unsigned number of 16 bits. */
  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  /** Reads an unsigned number of 32 bits. */
  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** Reads a floating-point number of 64 bits. */
  f64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** The next `length` bytes, not copied. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** The next byte without reading it, or undefined at the end. */
  peek(): number | undefined {
    return this.#bytes[this.#offset];
  }

  #take(length: number): number {
    if (length > this.left) {
      throw new RtmpError(
        `${this.#subject} ends too soon: ${length} bytes are needed and ${this.left} are left`,
      );
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
