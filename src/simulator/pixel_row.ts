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
  // Y0 U Y1 V: an even pixel has the U of the pair with it, an odd one the V.
  yuyv: (row, x, colour, matrix) => {
    const { y, u, v } = yuvOf(colour, matrix);
    row.set([y, x % 2 === 0 ? u : v], 2 * x);
  },
};

/** The bytes of `width` pixels side by side, as they lie in a picture from an even column on. */
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

/** Part of the pixels of a {@linkcode pixelRow}, sharing their memory. */
export function pixels(
  row: Uint8Array<ArrayBuffer>,
  format: PixelFormat,
  from: number,
  count: number,
): Uint8Array<ArrayBuffer> {
  const size = channelsOf(format);
  return row.subarray(from * size, (from + count) * size);
}

/** White, the brightest a picture can be. */
export const WHITE: Rgb = { r: 255, g: 255, b: 255 };
/** Black, the darkest a picture can be. */
export const BLACK: Rgb = { r: 0, g: 0, b: 0 };
