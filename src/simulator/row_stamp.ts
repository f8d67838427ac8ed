import { channelsOf, type PixelFormat } from "../contract/mod.ts";
import type { Matrix } from "./colour.ts";
import { isWhole, type LumaPlane, MID_LUMA } from "./luma_plane.ts";
import { type PictureLayout, STAMP_BITS, stampBitWidthOf } from "./picture_layout.ts";
import { BLACK, pixelRow, WHITE } from "./pixel_row.ts";

/** The row of black and white columns that says, in every row, which frame the row is of. */
export class RowStamp {
  /** Bytes of the stamp of the frame last given to {@linkcode RowStamp.set}. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #white: Uint8Array<ArrayBuffer>;
  readonly #black: Uint8Array<ArrayBuffer>;

  /** Prepares a white and a black bit. */
  constructor(layout: PictureLayout, format: PixelFormat, matrix: Matrix) {
    // A pixel of yuyv has half of its chroma, and black and white have the same in both halves.
    this.#white = pixelRow(format, matrix, layout.stampBitWidth, () => WHITE);
    this.#black = pixelRow(format, matrix, layout.stampBitWidth, () => BLACK);
    this.bytes = new Uint8Array(layout.stamp.width * channelsOf(format));
  }

  /**
   * Makes the stamp of another frame.
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

/** What the stamps of a picture's rows say. */
export interface RowStamps {
  /** Low 16 bits of the frame number in the first row. */
  first: number;
  /** First row whose stamp is another one than the first row's; -1 where the picture is of one frame. */
  tornAtRow: number;
}

/**
 * Reads the stamps of all rows: a picture of more than one frame is torn.
 *
 * @param into Takes the answer; reusing one makes reading free of allocation.
 * @returns `into`.
 * @throws {RangeError} When the plane has fewer samples than its size needs.
 */
export function readRowStamps(
  luma: LumaPlane,
  into: RowStamps = { first: 0, tornAtRow: -1 },
): RowStamps {
  if (!isWhole(luma)) {
    throw new RangeError(
      `A luma plane of ${luma.width}x${luma.height} with a stride of ${luma.strideBytes} ` +
        `has more than ${luma.samples.length} samples`,
    );
  }
  // Not the whole layout: that would be made anew for every picture.
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
