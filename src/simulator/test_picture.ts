import { channelsOf } from "../contract/mod.ts";
import { Background } from "./background.ts";
import { PatchPainter } from "./colour_patches.ts";
import { matrixFor } from "./colour.ts";
import { DigitPainter } from "./digits.ts";
import { FrameCellPainter } from "./frame_cells.ts";
import { checkGeometry, type PictureGeometry, sizeOf, strideOf } from "./picture_geometry.ts";
import { type PictureLayout, pictureLayout } from "./picture_layout.ts";
import { RowStamp } from "./row_stamp.ts";
import { offsetOf, type Surface } from "./pixels.ts";

/**
 * The simulator's picture: moving stripes; the frame number as text and as cells that survive lossy coding; a red, a
 * green and a blue patch; and a stamp in every row that reveals a torn copy.
 *
 * `readFrameCells`, `readRowStamps` and `colourPatches` read it back.
 *
 * @example
 * ```ts
 * import { TestPicture } from "./test_picture.ts";
 * import { readFrameCells } from "./frame_cells.ts";
 * import assert from "node:assert/strict";
 *
 * const picture = new TestPicture({ width: 320, height: 240, pixelFormat: "gray" });
 * const samples = new Uint8Array(picture.sizeBytes);
 * picture.paint(samples, 42);
 * const luma = { samples, strideBytes: 320, width: 320, height: 240 };
 * assert.equal(readFrameCells(luma), 42);
 * ```
 */
export class TestPicture {
  /** Size of a painted picture in bytes. */
  readonly sizeBytes: number;
  readonly #height: number;
  readonly #strideBytes: number;
  readonly #bytesPerPixel: number;
  readonly #layout: PictureLayout;
  readonly #background: Background;
  readonly #stamp: RowStamp;
  readonly #digits: DigitPainter;
  readonly #cells: FrameCellPainter;
  readonly #patches: PatchPainter;

  /**
   * Prepares the parts that do not change from frame to frame.
   *
   * @throws {StreamerError} If such a picture cannot be painted.
   */
  constructor(geometry: PictureGeometry) {
    checkGeometry(geometry);
    const { width, height, pixelFormat } = geometry;
    const layout = pictureLayout(width, height);
    const matrix = matrixFor(height);
    this.sizeBytes = sizeOf(geometry);
    this.#height = height;
    this.#strideBytes = strideOf(geometry);
    this.#bytesPerPixel = channelsOf(pixelFormat);
    this.#layout = layout;
    this.#background = new Background(layout, pixelFormat, matrix);
    this.#stamp = new RowStamp(layout, pixelFormat, matrix);
    this.#digits = new DigitPainter(layout, pixelFormat, matrix);
    this.#cells = new FrameCellPainter(layout, pixelFormat, matrix);
    this.#patches = new PatchPainter(layout, pixelFormat, matrix);
  }

  /**
   * Paints a frame from top to bottom, like a camera's copy: each part is painted as soon as the background of its
   * rows is.
   *
   * @param bytes At least {@linkcode sizeBytes} bytes.
   * @param frameNumber u32.
   * @throws {RangeError} If `bytes` is too short.
   */
  paint(bytes: Uint8Array<ArrayBuffer>, frameNumber: number): void {
    if (bytes.length < this.sizeBytes) {
      throw new RangeError(`A frame needs ${this.sizeBytes} bytes, got ${bytes.length}`);
    }
    const surface = {
      bytes,
      strideBytes: this.#strideBytes,
      bytesPerPixel: this.#bytesPerPixel,
    };
    const { text, cells, patches: [patch] } = this.#layout;
    this.#stamp.set(frameNumber);
    this.#paintRows(surface, frameNumber, 0, text.top + text.height);
    this.#digits.paint(surface, frameNumber);
    this.#paintRows(surface, frameNumber, text.top + text.height, cells.top + cells.height);
    this.#cells.paint(surface, frameNumber);
    this.#paintRows(surface, frameNumber, cells.top + cells.height, patch.top + patch.height);
    this.#patches.paint(surface);
    this.#paintRows(surface, frameNumber, patch.top + patch.height, this.#height);
  }

  #paintRows(surface: Surface, frameNumber: number, from: number, to: number): void {
    const { bytes } = surface;
    const stamp = this.#stamp.bytes;
    for (let y = from; y < to; y++) {
      bytes.set(this.#background.row(frameNumber, y), offsetOf(surface, 0, y));
      bytes.set(stamp, offsetOf(surface, this.#layout.stamp.left, y));
    }
  }
}
