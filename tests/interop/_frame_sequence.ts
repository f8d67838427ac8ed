import assert from "node:assert/strict";
import { readFrameCells } from "../../src/simulator/frame_cells.ts";
import { readRowStamps } from "../../src/simulator/row_stamp.ts";

/**
 * Checks decoded pictures: each must be a whole picture of the simulator, with a higher frame
 * number than the one before.
 */
export class FrameSequence {
  readonly #width: number;
  readonly #height: number;
  readonly #numbers: number[] = [];

  /** Creates an empty sequence of pictures of the given size in pixels. */
  constructor({ width, height }: { readonly width: number; readonly height: number }) {
    this.#width = width;
    this.#height = height;
  }

  /** Size of a picture's luma plane in bytes. */
  get sizeBytes(): number {
    return this.#width * this.#height;
  }

  /** Frame numbers seen so far. */
  get numbers(): readonly number[] {
    return this.#numbers;
  }

  /** Number of frames between the first and the last that were not seen. */
  get missing(): number {
    const [first = 0] = this.#numbers;
    const last = this.#numbers.at(-1) ?? -1;
    return last + 1 - first - this.#numbers.length;
  }

  /** Checks and adds the next picture, given its luma plane without padding. */
  add(samples: Uint8Array): void {
    const luma = { samples, strideBytes: this.#width, width: this.#width, height: this.#height };
    const at = `picture ${this.#numbers.length}`;
    const number = readFrameCells(luma);
    assert.ok(number !== undefined, `${at} has no frame number`);
    const last = this.#numbers.at(-1) ?? -1;
    assert.ok(number > last, `${at} is of frame ${number}, after frame ${last}`);
    const { first, tornAtRow } = readRowStamps(luma);
    assert.equal(
      tornAtRow,
      -1,
      `${at}, of frame ${number}, has rows of another frame from row ${tornAtRow}`,
    );
    assert.equal(
      first,
      number & 0xffff,
      `${at} has rows of frame ${first}, but the frame number ${number}`,
    );
    this.#numbers.push(number);
  }
}
