import type { PixelFormat } from "../contract/mod.ts";
import type { Matrix } from "./colour.ts";
import { isWhole, type LumaPlane, MID_LUMA } from "./luma_plane.ts";
import { CELL_GRID, type PictureLayout, pictureLayout } from "./picture_layout.ts";
import { BLACK, offsetOf, pixelRow, repeatDown, type Surface, WHITE } from "./pixels.ts";

const NUMBER_BITS = 32;
const CELLS = CELL_GRID.columns * CELL_GRID.rows;

/**
 * Returns the CRC-16 (polynomial 0x1021, initial value 0xffff) of a frame number, most significant bit first. With
 * it, neither an all black nor an all white picture reads as a valid frame number.
 */
function checkBits(frameNumber: number): number {
  let crc = 0xffff;
  for (let bit = NUMBER_BITS - 1; bit >= 0; bit--) {
    const feedback = (crc >>> 15) ^ ((frameNumber >>> bit) & 1);
    crc = (crc << 1) & 0xffff;
    if (feedback === 1) crc ^= 0x1021;
  }
  return crc;
}

/** Returns whether cell `index` is white: 32 bits of frame number, then the check bits. */
function isWhite(frameNumber: number, check: number, index: number): boolean {
  const bit = index < NUMBER_BITS
    ? frameNumber >>> (NUMBER_BITS - 1 - index)
    : check >>> (CELLS - 1 - index);
  return (bit & 1) === 1;
}

/** Paints the frame number as black and white cells that are large enough to survive lossy coding. */
export class FrameCellPainter {
  readonly #layout: PictureLayout;
  readonly #white: Uint8Array<ArrayBuffer>;
  readonly #black: Uint8Array<ArrayBuffer>;

  /** Prepares one row of a white cell and of a black cell. */
  constructor(layout: PictureLayout, format: PixelFormat, matrix: Matrix) {
    this.#layout = layout;
    this.#white = pixelRow(format, matrix, layout.cellSize, () => WHITE);
    this.#black = pixelRow(format, matrix, layout.cellSize, () => BLACK);
  }

  /**
   * Paints a frame number.
   *
   * @param frameNumber u32.
   */
  paint(surface: Surface, frameNumber: number): void {
    const { cells, cellSize } = this.#layout;
    const check = checkBits(frameNumber);
    for (let row = 0; row < CELL_GRID.rows; row++) {
      const top = cells.top + row * cellSize;
      for (let column = 0; column < CELL_GRID.columns; column++) {
        const white = isWhite(frameNumber, check, row * CELL_GRID.columns + column);
        surface.bytes.set(
          white ? this.#white : this.#black,
          offsetOf(surface, cells.left + column * cellSize, top),
        );
      }
      repeatDown(surface, cells.left, top, cells.width, cellSize);
    }
  }
}

/**
 * Reads the frame number from the cells of a decoded picture.
 *
 * @returns The frame number, u32, or undefined if the check bits do not match.
 */
export function readFrameCells(luma: LumaPlane): number | undefined {
  if (!isWhole(luma)) return undefined;
  const { cells, cellSize } = pictureLayout(luma.width, luma.height);
  let frameNumber = 0;
  let check = 0;
  for (let index = 0; index < CELLS; index++) {
    const x = cells.left + (index % CELL_GRID.columns) * cellSize;
    const y = cells.top + Math.floor(index / CELL_GRID.columns) * cellSize;
    const bit = isBright(luma, x, y, cellSize) ? 1 : 0;
    if (index < NUMBER_BITS) frameNumber = ((frameNumber << 1) | bit) >>> 0;
    else check = (check << 1) | bit;
  }
  return check === checkBits(frameNumber) ? frameNumber : undefined;
}

/** Averages the middle of a cell, because coding blurs its edges. */
function isBright(
  { samples, strideBytes }: LumaPlane,
  x: number,
  y: number,
  size: number,
): boolean {
  const inner = size / 2;
  const margin = size / 4;
  let sum = 0;
  for (let row = 0; row < inner; row++) {
    const from = (y + margin + row) * strideBytes + x + margin;
    for (let at = from; at < from + inner; at++) sum += samples[at] ?? 0;
  }
  return sum >= MID_LUMA * inner * inner;
}
