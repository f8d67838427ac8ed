import type { PixelFormat } from "../contract/mod.ts";
import type { Matrix } from "./colour.ts";
import { DIGIT_BOX, type PictureLayout, TEXT_DIGITS } from "./picture_layout.ts";
import { BLACK, offsetOf, pixelRow, repeatDown, type Surface, WHITE } from "./pixels.ts";

/** Seven rows of five pixels for each digit; the highest bit is the leftmost pixel. */
const FONT: readonly (readonly number[])[] = [
  [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110],
  [0b00100, 0b01100, 0b10100, 0b00100, 0b00100, 0b00100, 0b11111],
  [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111],
  [0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110],
  [0b10010, 0b10010, 0b10010, 0b11111, 0b00010, 0b00010, 0b00010],
  [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
  [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
  [0b11111, 0b00001, 0b00010, 0b00010, 0b00100, 0b00100, 0b00100],
  [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
  [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
];
const FONT_COLUMNS = 5;
const FONT_ROWS = 7;

/** Paints the last eight digits of the frame number, white on black. */
export class DigitPainter {
  readonly #layout: PictureLayout;
  readonly #blank: Uint8Array<ArrayBuffer>;
  /** Rows of pixels, indexed by font row and digit. */
  readonly #rows: readonly (readonly Uint8Array<ArrayBuffer>[])[];

  /** Prepares each row of each digit. */
  constructor(layout: PictureLayout, format: PixelFormat, matrix: Matrix) {
    this.#layout = layout;
    const scale = layout.textScale;
    this.#blank = pixelRow(format, matrix, layout.text.width, () => BLACK);
    this.#rows = Array.from(
      { length: FONT_ROWS },
      (_, row) =>
        FONT.map((glyph) =>
          pixelRow(format, matrix, DIGIT_BOX.width * scale, (x) => {
            const bit = FONT_COLUMNS - 1 - Math.floor(x / scale);
            return bit >= 0 && (((glyph[row] ?? 0) >> bit) & 1) === 1 ? WHITE : BLACK;
          })
        ),
    );
  }

  /**
   * Paints a frame number.
   *
   * @param frameNumber u32.
   */
  paint(surface: Surface, frameNumber: number): void {
    const { text, textScale } = this.#layout;
    this.#paintBlank(surface, text.top);
    for (let row = 0; row < FONT_ROWS; row++) {
      const top = text.top + (1 + row) * textScale;
      this.#paintFontRow(surface, frameNumber, row, top);
      repeatDown(surface, text.left, top, text.width, textScale);
    }
    this.#paintBlank(surface, text.top + text.height - textScale);
  }

  #paintFontRow(surface: Surface, frameNumber: number, row: number, y: number): void {
    const { text, textScale } = this.#layout;
    const glyphs = this.#rows[row];
    let rest = frameNumber;
    for (let place = TEXT_DIGITS - 1; place >= 0; place--) {
      const glyph = glyphs?.[rest % 10];
      const x = text.left + place * DIGIT_BOX.width * textScale;
      if (glyph !== undefined) surface.bytes.set(glyph, offsetOf(surface, x, y));
      rest = Math.floor(rest / 10);
    }
  }

  #paintBlank(surface: Surface, y: number): void {
    const { text, textScale } = this.#layout;
    surface.bytes.set(this.#blank, offsetOf(surface, text.left, y));
    repeatDown(surface, text.left, y, text.width, textScale);
  }
}
