import { BitstreamError } from "./bitstream_error.ts";

/** Maximum number of leading zero bits of an Exp-Golomb code for a 32-bit value. */
const MAX_LEADING_ZEROS = 31;

/** Reads the fields of a raw byte sequence payload bit by bit (ITU-T H.264 and H.265, 7.2 and 9.1/9.2). */
export class BitReader {
  readonly #bytes: Uint8Array;
  #bit: number;

  /**
   * Starts at a byte boundary.
   *
   * @param bytes Bytes without emulation prevention.
   * @param byteOffset Offset of the first byte to read. @default 0
   */
  constructor(bytes: Uint8Array, byteOffset = 0) {
    this.#bytes = bytes;
    this.#bit = byteOffset * 8;
  }

  /**
   * Reads `u(bits)`.
   *
   * @param bits 1 to 32.
   * @throws {BitstreamError} If the payload ends first.
   */
  unsigned(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const byte = this.#bytes[this.#bit >> 3];
      if (byte === undefined) {
        throw new BitstreamError(
          `Cannot read a field of ${bits} bits: the payload ends after ${this.#bytes.length} bytes`,
        );
      }
      value = value * 2 + ((byte >> (7 - (this.#bit & 7))) & 1);
      this.#bit += 1;
    }
    return value;
  }

  /** Skips `bits` bits. If there are fewer, the next read throws. */
  skip(bits: number): void {
    this.#bit += bits;
  }

  /**
   * Reads `ue(v)`.
   *
   * @throws {BitstreamError} If the payload ends first or the value exceeds 32 bits.
   */
  expGolomb(): number {
    let zeros = 0;
    while (this.unsigned(1) === 0) {
      zeros += 1;
      if (zeros > MAX_LEADING_ZEROS) {
        throw new BitstreamError(
          `Cannot read an Exp-Golomb code: more than ${MAX_LEADING_ZEROS} leading zero bits`,
        );
      }
    }
    return zeros === 0 ? 0 : 2 ** zeros - 1 + this.unsigned(zeros);
  }

  /**
   * Reads `se(v)`.
   *
   * @throws {BitstreamError} Like {@linkcode expGolomb}.
   */
  signedExpGolomb(): number {
    const code = this.expGolomb();
    return code % 2 === 0 ? -code / 2 || 0 : (code + 1) / 2;
  }
}
