import type { PixelFormat } from "../contract/mod.ts";
import type { Matrix } from "./colour.ts";
import { isWhole, type LumaPlane, MID_LUMA } from "./luma_plane.ts";
import { CELL_GRID, type PictureLayout, pictureLayout } from "./picture_layout.ts";
import { BLACK, pixelRow, WHITE } from "./pixel_row.ts";
import { offsetOf, repeatDown, type Surface } from "./surface.ts";

const NUMBER_BITS = 32;
const CELLS = CELL_GRID.columns * CELL_GRID.rows;

/**
 * CRC-16 (polynomial 0x1021, initially 0xffff) of a frame number, most significant bit first. Neither an
 * all black picture nor an all white one passes for a frame number.
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

/** Whether cell `index` of a frame number is white: 32 bits of number, then the check bits. */
function isWhite(frameNumber: number, check: number, index: number): boolean {
  const bit = index < NUMBER_BITS
    ? frameNumber >>> (NUMBER_BITS - 1 - index)
    : check >>> (CELLS - 1 - index);
  return (bit & 1) === 1;
}

/** Paints the frame number as black and white cells, big enough to survive lossy coding. */
export class FrameCellPainter {
  readonly #layout: PictureLayout;
  readonly #white: Uint8Array<ArrayBuffer>;
  readonly #black: Uint8Array<ArrayBuffer>;

  /** Prepares a row of a white and of a black cell. */
  constructor(layout: PictureLayout, format: PixelFormat, matrix: Matrix) {
    this.#layout = layout;
    this.#white = pixelRow(format, matrix, layout.cellSize, () => WHITE);
    this.#black = pixelRow(format, matrix, layout.cellSize, () => BLACK);
  }

  /**
   * Paints a number.
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
 * @returns u32, or undefined where the check bits say that these are no cells, or wrong ones.
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

/** Mean of the middle of a cell: coding blurs its edges. */
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
