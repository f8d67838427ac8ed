/** The luma of a decoded or converted picture. */
export interface LumaPlane {
  /** One byte a pixel, limited or full range; row `y` starts at `y * strideBytes`. */
  readonly samples: Uint8Array;
  /** From row to row. */
  readonly strideBytes: number;
  /** Pixels in a row, as the producer painted them. */
  readonly width: number;
  /** Rows, as the producer painted them. */
  readonly height: number;
}

/** What parts black from white, in limited (16 to 235) and in full range. */
export const MID_LUMA = 128;

/** Whether all pixels of the plane are there. */
export function isWhole({ samples, strideBytes, width, height }: LumaPlane): boolean {
  return strideBytes >= width && samples.length >= strideBytes * (height - 1) + width;
}
