/** A seeded random number generator (sfc32 by Chris Doty-Humphrey, in the public domain). */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /**
   * Starts one of 2^64 sequences.
   *
   * @param seed u32.
   * @param sequence u32. Sequences with the same seed are independent of each other.
   */
  constructor(seed: number, sequence: number) {
    this.#a = seed | 0;
    this.#b = sequence | 0;
    for (let i = 0; i < 12; i++) this.u32();
  }

  /** Returns a number from 0 to 2^32 - 1. */
  u32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum | 0;
    return sum >>> 0;
  }

  /** Returns a number from 0 to `limit` - 1, or 0 if the limit is 0. */
  below(limit: number): number {
    return Math.floor(this.u32() / 2 ** 32 * limit);
  }

  /** Returns a number from 1 to `max`; small numbers are more frequent than large ones. */
  size(max: number): number {
    return 1 + this.below(1 << this.below(Math.log2(max) + 1));
  }

  /**
   * Returns one of the choices.
   *
   * @throws {RangeError} If the list is empty.
   */
  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new RangeError("Cannot pick from an empty list");
    return choice;
  }
}
