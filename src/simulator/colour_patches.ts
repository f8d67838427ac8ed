import type { PixelFormat } from "../contract/mod.ts";
import type { Matrix, Rgb } from "./colour.ts";
import { type PictureLayout, pictureLayout, type Rectangle } from "./picture_layout.ts";
import { pixelRow } from "./pixel_row.ts";
import { offsetOf, repeatDown, type Surface } from "./surface.ts";

/** A part of the picture that is of one known colour. */
export interface ColourPatch {
  /** Its colour's name. */
  readonly name: "red" | "green" | "blue";
  /** Its colour, fully saturated. */
  readonly colour: Rgb;
  /** Where it lies. */
  readonly rectangle: Rectangle;
}

/** Swapped channels show as red for blue. */
const COLOURS = [
  { name: "red", colour: { r: 255, g: 0, b: 0 } },
  { name: "green", colour: { r: 0, g: 255, b: 0 } },
  { name: "blue", colour: { r: 0, g: 0, b: 255 } },
] as const;

/** Where a picture of this size has which colour; in a gray picture, its luminance. */
export function colourPatches(width: number, height: number): readonly ColourPatch[] {
  return patchesOf(pictureLayout(width, height));
}

function patchesOf(layout: PictureLayout): readonly ColourPatch[] {
  return layout.patches.flatMap((rectangle, index) => {
    const colour = COLOURS[index];
    return colour === undefined ? [] : [{ ...colour, rectangle }];
  });
}

/** Paints the patches. */
export class PatchPainter {
  readonly #patches: readonly { rectangle: Rectangle; row: Uint8Array<ArrayBuffer> }[];

  /** Prepares a row of each patch. */
  constructor(layout: PictureLayout, format: PixelFormat, matrix: Matrix) {
    this.#patches = patchesOf(layout).map(({ colour, rectangle }) => ({
      rectangle,
      row: pixelRow(format, matrix, rectangle.width, () => colour),
    }));
  }

  /** Paints them where they always are. */
  paint(surface: Surface): void {
    for (const { rectangle: { left, top, width, height }, row } of this.#patches) {
      surface.bytes.set(row, offsetOf(surface, left, top));
      repeatDown(surface, left, top, width, height);
    }
  }
}
