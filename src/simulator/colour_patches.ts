import type { PixelFormat } from "../contract/mod.ts";
import type { Matrix, Rgb } from "./colour.ts";
import { type PictureLayout, pictureLayout, type Rectangle } from "./picture_layout.ts";
import { offsetOf, pixelRow, repeatDown, type Surface } from "./pixels.ts";

/** A patch of one fully saturated colour. */
export interface ColourPatch {
  readonly name: "red" | "green" | "blue";
  readonly colour: Rgb;
  readonly rectangle: Rectangle;
}

/** With swapped channels, red and blue trade places. */
const COLOURS = [
  { name: "red", colour: { r: 255, g: 0, b: 0 } },
  { name: "green", colour: { r: 0, g: 255, b: 0 } },
  { name: "blue", colour: { r: 0, g: 0, b: 255 } },
] as const;

/** Returns the patches of a picture of this size. A gray picture has their luminance. */
export function colourPatches(width: number, height: number): readonly ColourPatch[] {
  return patchesOf(pictureLayout(width, height));
}

function patchesOf(layout: PictureLayout): readonly ColourPatch[] {
  return layout.patches.flatMap((rectangle, index) => {
    const colour = COLOURS[index];
    return colour === undefined ? [] : [{ ...colour, rectangle }];
  });
}

/** Paints the colour patches. */
export class PatchPainter {
  readonly #patches: readonly { rectangle: Rectangle; row: Uint8Array<ArrayBuffer> }[];

  /** Prepares one row of each patch. */
  constructor(layout: PictureLayout, format: PixelFormat, matrix: Matrix) {
    this.#patches = patchesOf(layout).map(({ colour, rectangle }) => ({
      rectangle,
      row: pixelRow(format, matrix, rectangle.width, () => colour),
    }));
  }

  /** Paints the patches at their fixed positions. */
  paint(surface: Surface): void {
    for (const { rectangle: { left, top, width, height }, row } of this.#patches) {
      surface.bytes.set(row, offsetOf(surface, left, top));
      repeatDown(surface, left, top, width, height);
    }
  }
}
