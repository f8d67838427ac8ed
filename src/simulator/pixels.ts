import { channelsOf, type PixelFormat } from "../contract/mod.ts";
import { grayOf, type Matrix, type Rgb, yuvOf } from "./colour.ts";

/** Writes the pixel at `x` of a row. */
type PixelWriter = (row: Uint8Array, x: number, colour: Rgb, matrix: Matrix) => void;

const WRITERS: Readonly<Record<PixelFormat, PixelWriter>> = {
  rgb: (row, x, { r, g, b }) => row.set([r, g, b], 3 * x),
  bgr: (row, x, { r, g, b }) => row.set([b, g, r], 3 * x),
  rgba: (row, x, { r, g, b }) => row.set([r, g, b, 255], 4 * x),
  bgra: (row, x, { r, g, b }) => row.set([b, g, r, 255], 4 * x),
  gray: (row, x, colour, matrix) => row.set([grayOf(colour, matrix)], x),
  yuv: (row, x, colour, matrix) => {
    const { y, u, v } = yuvOf(colour, matrix);
    row.set([y, u, v], 3 * x);
  },
  // Y0 U Y1 V: an even pixel is stored with the U of its pair, an odd pixel with the V.
  yuyv: (row, x, colour, matrix) => {
    const { y, u, v } = yuvOf(colour, matrix);
    row.set([y, x % 2 === 0 ? u : v], 2 * x);
  },
};

/** Returns the bytes of `width` pixels of a row that starts at an even column. */
export function pixelRow(
  format: PixelFormat,
  matrix: Matrix,
  width: number,
  colourAt: (x: number) => Rgb,
): Uint8Array<ArrayBuffer> {
  const row = new Uint8Array(width * channelsOf(format));
  const write = WRITERS[format];
  for (let x = 0; x < width; x++) write(row, x, colourAt(x), matrix);
  return row;
}

/** Returns a view of some pixels of a {@linkcode pixelRow}. */
export function pixels(
  row: Uint8Array<ArrayBuffer>,
  format: PixelFormat,
  from: number,
  count: number,
): Uint8Array<ArrayBuffer> {
  const size = channelsOf(format);
  return row.subarray(from * size, (from + count) * size);
}

/** White at full brightness. */
export const WHITE: Rgb = { r: 255, g: 255, b: 255 };
/** Black. */
export const BLACK: Rgb = { r: 0, g: 0, b: 0 };

/** The memory of a picture that is being painted. */
export interface Surface {
  /** The payload; row `y` starts at `y * strideBytes`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Distance between the starts of two rows, in bytes. */
  readonly strideBytes: number;
  /** Bytes per pixel: 1 to 4. */
  readonly bytesPerPixel: number;
}

/** Returns the offset in bytes of the pixel (`x`, `y`). */
export function offsetOf(surface: Surface, x: number, y: number): number {
  return y * surface.strideBytes + x * surface.bytesPerPixel;
}

/**
 * Copies `width` pixels of row `y` to the `count - 1` rows below.
 *
 * It uses `copyWithin` instead of `set` because that needs no view of the source.
 */
export function repeatDown(
  surface: Surface,
  x: number,
  y: number,
  width: number,
  count: number,
): void {
  const { bytes, strideBytes, bytesPerPixel } = surface;
  const from = offsetOf(surface, x, y);
  const to = from + width * bytesPerPixel;
  for (let row = 1; row < count; row++) bytes.copyWithin(from + row * strideBytes, from, to);
}
