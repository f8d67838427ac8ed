/** The luma plane of a decoded or converted picture. */
export interface LumaPlane {
  /** One byte per pixel, limited or full range; row `y` starts at `y * strideBytes`. */
  readonly samples: Uint8Array;
  /** Distance between the starts of two rows, in bytes. */
  readonly strideBytes: number;
  /** Width of the picture that the producer painted, in pixels. */
  readonly width: number;
  /** Height of the picture that the producer painted, in rows. */
  readonly height: number;
}

/** Threshold between black and white, for limited (16 to 235) and full range. */
export const MID_LUMA = 128;

/** Returns whether the samples cover the whole picture. */
export function isWhole({ samples, strideBytes, width, height }: LumaPlane): boolean {
  return strideBytes >= width && samples.length >= strideBytes * (height - 1) + width;
}
