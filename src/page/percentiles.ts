/** Values that the percentiles are of. */
const KEPT = 300;

/** Percentiles of the newest values. */
export class Percentiles {
  readonly #values: number[] = [];

  /** Adds a value. */
  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > KEPT) this.#values.shift();
  }

  /** Number of values. */
  get count(): number {
    return this.#values.length;
  }

  /** Returns the value that this part of the values does not exceed; NaN without values. */
  at(part: number): number {
    const sorted = this.#values.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
  }
}
