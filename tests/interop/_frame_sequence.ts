import assert from "node:assert/strict";
import { readFrameCells } from "../../src/simulator/frame_cells.ts";
import { readRowStamps } from "../../src/simulator/row_stamp.ts";

/** Decoded pictures, as they come: each must be a whole one of the simulator's, and a later one. */
export class FrameSequence {
  readonly #width: number;
  readonly #height: number;
  readonly #numbers: number[] = [];

  /** Has seen nothing yet; takes the size of the pictures, in pixels. */
  constructor({ width, height }: { readonly width: number; readonly height: number }) {
    this.#width = width;
    this.#height = height;
  }

  /** Bytes of a picture. */
  get sizeBytes(): number {
    return this.#width * this.#height;
  }

  /** Frame numbers seen so far. */
  get numbers(): readonly number[] {
    return this.#numbers;
  }

  /** Frames between the first and the last that were not seen. */
  get missing(): number {
    const [first = 0] = this.#numbers;
    const last = this.#numbers.at(-1) ?? -1;
    return last + 1 - first - this.#numbers.length;
  }

  /** Takes the next picture: its luma, without padding. */
  add(samples: Uint8Array): void {
    const luma = { samples, strideBytes: this.#width, width: this.#width, height: this.#height };
    const at = `picture ${this.#numbers.length}`;
    const number = readFrameCells(luma);
    assert.ok(number !== undefined, `${at} shows no frame number`);
    const last = this.#numbers.at(-1) ?? -1;
    assert.ok(number > last, `${at} is of frame ${number}, after frame ${last}`);
    const { first, tornAtRow } = readRowStamps(luma);
    assert.equal(
      tornAtRow,
      -1,
      `${at}, of frame ${number}, is of another one from row ${tornAtRow}`,
    );
    assert.equal(first, number & 0xffff, `${at} has rows of frame ${first}, and says ${number}`);
    this.#numbers.push(number);
  }
}
