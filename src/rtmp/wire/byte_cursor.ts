import { RtmpError } from "../rtmp_error.ts";

/** Reads big-endian fields from untrusted bytes with bounds checks. */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #subject: string;
  #offset = 0;

  /**
   * Starts at the first byte.
   *
   * @param bytes The bytes to read.
   * @param subject Name of the data for error messages, for example `An AMF0 value`.
   */
  constructor(bytes: Uint8Array, subject: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#subject = subject;
  }

  /** Number of bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  /**
   * Reads an unsigned byte.
   *
   * @throws {RtmpError} If no bytes are left. All other reads throw likewise.
   */
  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  /** Reads an unsigned 16-bit number. */
  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  /** Reads an unsigned 32-bit number. */
  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** Reads a 64-bit floating-point number. */
  f64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** Returns a view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Returns the next byte without consuming it, or undefined at the end. */
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
