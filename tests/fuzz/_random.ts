/** Random numbers that a seed repeats (sfc32 by Chris Doty-Humphrey, in the public domain). */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /**
   * Begins one of 2^64 sequences.
   *
   * @param seed u32.
   * @param sequence u32: sequences of one seed have nothing to do with each other.
   */
  constructor(seed: number, sequence: number) {
    this.#a = seed | 0;
    this.#b = sequence | 0;
    for (let i = 0; i < 12; i++) this.u32();
  }

  /** 0 to 2^32 - 1. */
  u32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum | 0;
    return sum >>> 0;
  }

  /** 0 to `limit` - 1; 0 where the limit is 0. */
  below(limit: number): number {
    return Math.floor(this.u32() / 2 ** 32 * limit);
  }

  /** Small numbers often, large ones seldom: 1 to `most`. */
  size(most: number): number {
    return 1 + this.below(1 << this.below(Math.log2(most) + 1));
  }

  /** One of these. */
  of<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }
}
