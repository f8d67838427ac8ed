/** Initial number of table entries; an access unit rarely has more NAL units. */
const INITIAL_CAPACITY = 16;
const START_CODE_BYTES = 4;

/** Positions of the NAL units of an access unit, found by {@linkcode NalUnits.scan}. */
export interface NalIndex extends Iterable<Uint8Array> {
  /** The byte stream. */
  readonly data: Uint8Array;
  /** Number of NAL units found. */
  readonly count: number;
  /** Returns the offset in `data` of the first byte of NAL unit `index`, its header. */
  start(index: number): number;
  /** Returns the offset in `data` of the end of NAL unit `index`. */
  end(index: number): number;
  /** Returns the first byte of NAL unit `index`, which has its type. */
  header(index: number): number;
  /** Returns a view of NAL unit `index` without start code. It allocates, so do not use it in a loop over slices. */
  view(index: number): Uint8Array;
}

/**
 * Finds the NAL units of an access unit in an Annex B byte stream.
 *
 * One instance can be used for a whole stream: {@linkcode NalUnits.scan} overwrites the previous result, and allocates only
 * if an access unit has more NAL units than any before it. Offsets exclude start codes and the zero bytes after a NAL unit
 * (ITU-T H.264 and H.265, Annex B: `zero_byte`,
 * `start_code_prefix_one_3bytes`, `trailing_zero_8bits`). Empty NAL units are skipped.
 *
 * @example
 * ```ts
 * import { NalUnits } from "./nal_units.ts";
 *
 * const units = new NalUnits();
 * units.scan(Uint8Array.of(0, 0, 0, 1, 0x67, 0x42, 0, 0, 1, 0x68));
 * console.assert(units.count === 2);
 * console.assert(units.start(1) === 9 && units.end(1) === 10);
 * ```
 */
export class NalUnits implements NalIndex {
  #data: Uint8Array = new Uint8Array(0);
  #starts = new Uint32Array(INITIAL_CAPACITY);
  #ends = new Uint32Array(INITIAL_CAPACITY);
  #count = 0;

  /** The last scanned byte stream. */
  get data(): Uint8Array {
    return this.#data;
  }

  /** Number of NAL units found. */
  get count(): number {
    return this.#count;
  }

  /**
   * Finds the NAL units of `data`. Bytes before the first start code are ignored.
   *
   * @param data An Annex B byte stream. It is referenced, not copied, until the next scan.
   * @returns The number of NAL units.
   */
  scan(data: Uint8Array): number {
    this.#data = data;
    this.#count = 0;
    const last = data.length - 2;
    let open = -1;
    let i = 0;
    // In a start code the third byte is 1 and the two before it are 0, so the third byte determines the minimum distance
    // to the next start code.
    while (i < last) {
      const third = data[i + 2]!;
      if (third > 1) {
        i += 3;
      } else if (third === 0) {
        i += 1;
      } else {
        if (data[i] === 0 && data[i + 1] === 0) {
          if (open >= 0) this.#add(open, i);
          open = i + 3;
        }
        i += 3;
      }
    }
    if (open >= 0) this.#add(open, data.length);
    return this.#count;
  }

  /** Returns the offset in `data` of the first byte of NAL unit `index`, its header. */
  start(index: number): number {
    return this.#starts[this.#checked(index)]!;
  }

  /** Returns the offset in `data` of the end of NAL unit `index`. */
  end(index: number): number {
    return this.#ends[this.#checked(index)]!;
  }

  /** Returns the first byte of NAL unit `index`, which has its type. */
  header(index: number): number {
    return this.#data[this.start(index)]!;
  }

  /** Returns a view of NAL unit `index` without start code. It allocates, so do not use it in a loop over slices. */
  view(index: number): Uint8Array {
    return this.#data.subarray(this.start(index), this.end(index));
  }

  /** Iterates over views of the NAL units, without start codes. */
  *[Symbol.iterator](): Iterator<Uint8Array> {
    for (let i = 0; i < this.#count; i++) yield this.view(i);
  }

  /**
   * Copies an access unit and inserts a NAL unit.
   *
   * @param index Index of the NAL unit before which it is inserted, or `count`.
   * @param nal The NAL unit, without start code.
   */
  static withInserted(units: NalIndex, index: number, nal: Uint8Array): NalUnits {
    const { data, count } = units;
    const cut = index === count ? data.length : units.start(index) - 3;
    const added = START_CODE_BYTES + nal.length;
    const bytes = new Uint8Array(data.length + added);
    bytes.set(data.subarray(0, cut));
    bytes[cut + START_CODE_BYTES - 1] = 1;
    bytes.set(nal, cut + START_CODE_BYTES);
    bytes.set(data.subarray(cut), cut + added);
    const result = new NalUnits();
    result.#data = bytes;
    for (let i = 0; i < index; i++) result.#add(units.start(i), units.end(i));
    result.#add(cut + START_CODE_BYTES, cut + added);
    for (let i = index; i < count; i++) result.#add(units.start(i) + added, units.end(i) + added);
    return result;
  }

  #checked(index: number): number {
    if (!(index >= 0 && index < this.#count)) {
      throw new RangeError(
        `NAL unit index ${index} is out of range: the access unit has ${this.#count}`,
      );
    }
    return index;
  }

  #add(start: number, end: number): void {
    const data = this.#data;
    while (end > start && data[end - 1] === 0) end -= 1;
    if (end === start) return;
    if (this.#count === this.#starts.length) this.#grow();
    this.#starts[this.#count] = start;
    this.#ends[this.#count] = end;
    this.#count += 1;
  }

  #grow(): void {
    const starts = new Uint32Array(this.#starts.length * 2);
    const ends = new Uint32Array(this.#ends.length * 2);
    starts.set(this.#starts);
    ends.set(this.#ends);
    this.#starts = starts;
    this.#ends = ends;
  }
}
