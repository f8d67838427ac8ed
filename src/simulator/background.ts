import type { PixelFormat } from "../contract/mod.ts";
import type { Matrix, Rgb } from "./colour.ts";
import type { PictureLayout } from "./picture_layout.ts";
import { pixelRow, pixels } from "./pixels.ts";

/** Period of the colour ramp in pixels. */
const RAMP = 256;
/** Each row is the row above, shifted by this many pixels; even, because yuyv codes pairs of pixels. */
const SHIFT_PER_ROW = 2;
const PERIOD_ROWS = RAMP / SHIFT_PER_ROW;
/** Rows that the stripes move per frame; odd, so that all 128 positions occur before one repeats. */
const ROWS_PER_FRAME = 3;

/** A triangle wave, within limits that leave headroom for an encoder's overshoot. */
function triangle(phase: number): number {
  const t = ((phase % RAMP) + RAMP) % RAMP;
  return Math.round(40 + 175 * (t < RAMP / 2 ? t : RAMP - t) / (RAMP / 2));
}

function ramp(phase: number): Rgb {
  return { r: triangle(phase), g: triangle(phase + 85), b: triangle(phase + 170) };
}

/**
 * Paints diagonal stripes of all hues that move up by three rows per frame, so that every luma byte changes.
 *
 * All rows are views of one ramp, which stays in the first-level cache, so painting costs no more than writing.
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

  /** Returns the pixels of row `y` of a frame that are left of the stamp. */
  row(frameNumber: number, y: number): Uint8Array<ArrayBuffer> {
    const position = (y + (frameNumber % PERIOD_ROWS) * ROWS_PER_FRAME) % PERIOD_ROWS;
    // `position` is always a valid index.
    return this.#rows[position] as Uint8Array<ArrayBuffer>;
  }
}
