import type { PixelFormat } from "../contract/mod.ts";
import type { Matrix, Rgb } from "./colour.ts";
import type { PictureLayout } from "./picture_layout.ts";
import { pixelRow, pixels } from "./pixel_row.ts";

/** Steps of the colour ramp: after as many pixels it begins anew. */
const RAMP = 256;
/** Each row is the one above shifted by this many pixels; even, for the pairs of yuyv. */
const SHIFT_PER_ROW = 2;
const PERIOD_ROWS = RAMP / SHIFT_PER_ROW;
/** Odd, so that all 128 positions come up before one comes again. */
const ROWS_PER_FRAME = 3;

/** Up and down again between the limits that leave room for an encoder's overshoot. */
function triangle(phase: number): number {
  const t = ((phase % RAMP) + RAMP) % RAMP;
  return Math.round(40 + 175 * (t < RAMP / 2 ? t : RAMP - t) / (RAMP / 2));
}

function ramp(phase: number): Rgb {
  return { r: triangle(phase), g: triangle(phase + 85), b: triangle(phase + 170) };
}

/**
 * Diagonal stripes of all hues that move upwards by three rows a frame, so that every byte of luma changes.
 *
 * All rows are views of one ramp, which stays in the first-level cache: painting costs no more than writing.
 */
export class Background {
  readonly #rows: readonly Uint8Array<ArrayBuffer>[];

  /** Prepares the ramp. */
  constructor(layout: PictureLayout, format: PixelFormat, matrix: Matrix) {
    const width = layout.stamp.left;
    const row = pixelRow(format, matrix, width + RAMP, ramp);
    this.#rows = Array.from(
      { length: PERIOD_ROWS },
      (_, shift) => pixels(row, format, shift * SHIFT_PER_ROW, width),
    );
  }

  /** Pixels of row `y` of a frame, all those left of the stamp. */
  row(frameNumber: number, y: number): Uint8Array<ArrayBuffer> {
    const position = (y + (frameNumber % PERIOD_ROWS) * ROWS_PER_FRAME) % PERIOD_ROWS;
    // The list has a row for each remainder.
    return this.#rows[position] as Uint8Array<ArrayBuffer>;
  }
}
