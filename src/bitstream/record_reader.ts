import { BitstreamError } from "./bitstream_error.ts";

/** Reads a decoder configuration record field by field, never past its end. */
export class RecordReader {
  readonly #name: string;
  readonly #bytes: Uint8Array;
  #offset = 0;

  /**
   * Begins at the front.
   *
   * @param name Name of the record, for errors.
   * @param bytes The record; it is not changed, and what is taken from it are views.
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
   * Reads an unsigned number of 16 bits.
   *
   * @throws {BitstreamError} If the record ends first.
   */
  unsigned16(): number {
    return this.byte() * 256 + this.byte();
  }

  /**
   * Reads a byte whose bits in `mask` are reserved and all set.
   *
   * @returns The other bits.
   * @throws {BitstreamError} If one is not, or the record ends first.
   */
  besideReserved(mask: number): number {
    const byte = this.byte();
    if ((byte & mask) !== mask) {
      throw new BitstreamError(
        `${this.#name} has 0x${byte.toString(16)} at ${this.#offset - 1}; ` +
          `the bits 0x${mask.toString(16)} are reserved and must be set`,
      );
    }
    return byte & ~mask;
  }

  /**
   * Takes the next `length` bytes.
   *
   * @throws {BitstreamError} If the record has fewer left.
   */
  view(length: number): Uint8Array {
    const left = this.#bytes.length - this.#offset;
    if (length > left) {
      throw new BitstreamError(
        `${this.#name} ends after ${this.#bytes.length} bytes; ` +
          `${length} more are needed at ${this.#offset}`,
      );
    }
    const view = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return view;
  }

  /**
   * Takes a NAL unit behind its length of 16 bits.
   *
   * @throws {BitstreamError} If it is empty or the record ends first.
   */
  nalUnit(): Uint8Array {
    const length = this.unsigned16();
    if (length === 0) throw new BitstreamError(`${this.#name} has a NAL unit of 0 bytes`);
    return this.view(length);
  }

  /**
   * Makes sure that all was read.
   *
   * @throws {BitstreamError} If bytes are left.
   */
  end(): void {
    const left = this.#bytes.length - this.#offset;
    if (left > 0) {
      throw new BitstreamError(`${this.#name} has ${left} bytes behind its last field`);
    }
  }
}
