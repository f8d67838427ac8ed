import { BitstreamError } from "./bitstream_error.ts";

/** Reads the fields of a decoder configuration record, with bounds checks. */
export class RecordReader {
  readonly #name: string;
  readonly #bytes: Uint8Array;
  #offset = 0;

  /**
   * Starts at the first byte.
   *
   * @param name Name of the record, for errors.
   * @param bytes The record. Results are views of it.
   */
  constructor(name: string, bytes: Uint8Array) {
    this.#name = name;
    this.#bytes = bytes;
  }

  /**
   * Reads one byte.
   *
   * @throws {BitstreamError} If the record ends first.
   */
  byte(): number {
    return this.view(1)[0]!;
  }

  /**
   * Reads an unsigned 16-bit number.
   *
   * @throws {BitstreamError} If the record ends first.
   */
  unsigned16(): number {
    return this.byte() * 256 + this.byte();
  }

  /**
   * Reads a byte whose bits in `mask` are reserved and must be set.
   *
   * @returns The other bits.
   * @throws {BitstreamError} If a reserved bit is not set, or the record ends first.
   */
  unreservedBits(mask: number): number {
    const byte = this.byte();
    if ((byte & mask) !== mask) {
      throw new BitstreamError(
        `${this.#name} has 0x${byte.toString(16)} at offset ${this.#offset - 1}; ` +
          `the bits 0x${mask.toString(16)} are reserved and must be set`,
      );
    }
    return byte & ~mask;
  }

  /**
   * Returns a view of the next `length` bytes.
   *
   * @throws {BitstreamError} If fewer bytes are left.
   */
  view(length: number): Uint8Array {
    const left = this.#bytes.length - this.#offset;
    if (length > left) {
      throw new BitstreamError(
        `${this.#name} ends after ${this.#bytes.length} bytes; ` +
          `${length} more are required at offset ${this.#offset}`,
      );
    }
    const view = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return view;
  }

  /**
   * Reads a NAL unit with a 16-bit length prefix.
   *
   * @throws {BitstreamError} If it is empty or the record ends first.
   */
  nalUnit(): Uint8Array {
    const length = this.unsigned16();
    if (length === 0) throw new BitstreamError(`${this.#name} has a NAL unit of 0 bytes`);
    return this.view(length);
  }

  /**
   * Checks that the whole record was read.
   *
   * @throws {BitstreamError} If bytes are left.
   */
  end(): void {
    const left = this.#bytes.length - this.#offset;
    if (left > 0) {
      throw new BitstreamError(`${this.#name} has ${left} bytes after its last field`);
    }
  }
}
