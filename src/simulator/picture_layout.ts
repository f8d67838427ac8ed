/** A rectangle of whole pixels. */
export interface Rectangle {
  /** First column. */
  readonly left: number;
  /** First row. */
  readonly top: number;
  /** Number of columns. */
  readonly width: number;
  /** Number of rows. */
  readonly height: number;
}

/** Positions and sizes of the parts of the test picture, in pixels. */
export interface PictureLayout {
  /** The frame number as text. */
  readonly text: Rectangle;
  /** Edge length of a font pixel. */
  readonly textScale: number;
  /** The frame number as cells. */
  readonly cells: Rectangle;
  /** Edge length of a cell: 4 in small pictures, otherwise at least 8. */
  readonly cellSize: number;
  /** The red, green and blue patches. */
  readonly patches: readonly [Rectangle, Rectangle, Rectangle];
  /** The frame number in every row, at the right edge. */
  readonly stamp: Rectangle;
  /** Width of one stamp bit. */
  readonly stampBitWidth: number;
}

/** The grid of cells: 32 bits of frame number and 16 check bits. */
export const CELL_GRID = { columns: 12, rows: 4 } as const;
/** Number of digits in the text. */
export const TEXT_DIGITS = 8;
/** Size of a digit with its spacing, in font pixels. */
export const DIGIT_BOX = { width: 6, height: 9 } as const;
/** Number of bits in a row's stamp. */
export const STAMP_BITS = 16;

/** Multiples of 8 align with the transform blocks of codecs. */
const CELL_SIZES = [32, 24, 16, 8, 4] as const;

/** Returns the width of one stamp bit in pixels. The last bit ends at the right edge. */
export function stampBitWidthOf(width: number): number {
  return width >= 640 ? 4 : width >= 256 ? 2 : 1;
}

/**
 * Lays out the test picture. From top to bottom it has text, cells and patches, on a moving background. The first rows
 * contain only background and the stamp.
 *
 * @param width 64 to 7680 pixels.
 * @param height 48 to 4320 rows.
 */
export function pictureLayout(width: number, height: number): PictureLayout {
  const stampBitWidth = stampBitWidthOf(width);
  const stampWidth = STAMP_BITS * stampBitWidth;
  const room = width - stampWidth;
  const cellSize =
    CELL_SIZES.find((size) =>
      CELL_GRID.columns * size <= room && 3 * CELL_GRID.rows * size <= height
    ) ?? 4;
  const unit = Math.min(cellSize, 8);
  const textUnits = TEXT_DIGITS * DIGIT_BOX.width;
  const textScale = Math.max(
    1,
    Math.min(Math.floor(room / textUnits), Math.floor(height / (6 * DIGIT_BOX.height))),
  );
  const patchSize = alignDown(Math.min(room, height) / 4, 4);

  const gap = Math.floor(height / 24);
  const text = { width: textUnits * textScale, height: DIGIT_BOX.height * textScale };
  const cells = { width: CELL_GRID.columns * cellSize, height: CELL_GRID.rows * cellSize };
  const pitch = alignDown(Math.min(room / 3, 2 * patchSize), 4);
  const patchesWidth = 2 * pitch + patchSize;
  const widest = Math.max(text.width, cells.width, patchesWidth);
  const left = alignDown(Math.min(gap, room - widest), unit);
  const cellsTop = alignUp(gap + text.height + Math.floor(gap / 2), unit);
  const patchesTop = alignUp(cellsTop + cells.height + gap, unit);
  const patch = (index: number): Rectangle => ({
    left: left + index * pitch,
    top: patchesTop,
    width: patchSize,
    height: patchSize,
  });
  return {
    text: { left, top: gap, ...text },
    textScale,
    cells: { left, top: cellsTop, ...cells },
    cellSize,
    patches: [patch(0), patch(1), patch(2)],
    stamp: { left: room, top: 0, width: stampWidth, height },
    stampBitWidth,
  };
}

function alignDown(value: number, unit: number): number {
  return Math.floor(value / unit) * unit;
}

function alignUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
