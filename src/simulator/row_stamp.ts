import { channelsOf, type PixelFormat } from "../contract/mod.ts";
import type { Matrix } from "./colour.ts";
import { isWhole, type LumaPlane, MID_LUMA } from "./luma_plane.ts";
import { type PictureLayout, STAMP_BITS, stampBitWidthOf } from "./picture_layout.ts";
import { BLACK, pixelRow, WHITE } from "./pixels.ts";

/** The stamp in every row: black and white bits that identify the frame of the row. */
export class RowStamp {
  /** The pixels of the stamp for the frame last passed to {@linkcode RowStamp.set}. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #white: Uint8Array<ArrayBuffer>;
  readonly #black: Uint8Array<ArrayBuffer>;

  /** Prepares a white and a black bit. */
  constructor(layout: PictureLayout, format: PixelFormat, matrix: Matrix) {
    // A yuyv pixel has only U or V, but these are equal for black and white.
    this.#white = pixelRow(format, matrix, layout.stampBitWidth, () => WHITE);
    this.#black = pixelRow(format, matrix, layout.stampBitWidth, () => BLACK);
    this.bytes = new Uint8Array(layout.stamp.width * channelsOf(format));
  }

  /**
   * Sets the frame of the stamp.
   *
   * @param frameNumber u32, of which the low 16 bits are used.
   */
  set(frameNumber: number): void {
    for (let bit = 0; bit < STAMP_BITS; bit++) {
      const white = ((frameNumber >>> (STAMP_BITS - 1 - bit)) & 1) === 1;
      this.bytes.set(white ? this.#white : this.#black, bit * this.#white.length);
    }
  }
}

/** The result of reading all stamps of a picture. */
export interface RowStamps {
  /** Low 16 bits of the frame number in the first row. */
  first: number;
  /** First row whose stamp differs from the first row's; -1 if all are equal. */
  tornAtRow: number;
}

/**
 * Reads the stamps of all rows. A picture with rows of more than one frame is torn.
 *
 * @param into Receives the result; reusing it avoids an allocation.
 * @returns `into`.
 * @throws {RangeError} If the plane has fewer samples than its size requires.
 */
export function readRowStamps(
  luma: LumaPlane,
  into: RowStamps = { first: 0, tornAtRow: -1 },
): RowStamps {
  if (!isWhole(luma)) {
    throw new RangeError(
      `A luma plane of ${luma.width}x${luma.height} with a stride of ${luma.strideBytes} ` +
        `needs more than ${luma.samples.length} samples`,
    );
  }
  // Computing the whole layout for every picture would be too slow.
  const bitWidth = stampBitWidthOf(luma.width);
  const left = luma.width - STAMP_BITS * bitWidth;
  into.first = stampAt(luma, left, bitWidth, 0);
  into.tornAtRow = -1;
  for (let row = 1; row < luma.height; row++) {
    if (stampAt(luma, left, bitWidth, row) === into.first) continue;
    into.tornAtRow = row;
    break;
  }
  return into;
}

function stampAt(luma: LumaPlane, left: number, bitWidth: number, row: number): number {
  let at = row * luma.strideBytes + left + (bitWidth >> 1);
  let value = 0;
  for (let bit = 0; bit < STAMP_BITS; bit++, at += bitWidth) {
    value = (value << 1) | ((luma.samples[at] ?? 0) >= MID_LUMA ? 1 : 0);
  }
  return value;
}
