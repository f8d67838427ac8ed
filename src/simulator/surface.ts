/** Memory of a picture that is being painted. */
export interface Surface {
  /** The payload; row `y` starts at `y * strideBytes`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** From row to row. */
  readonly strideBytes: number;
  /** 1 to 4. */
  readonly bytesPerPixel: number;
}

/** Byte of the pixel (`x`, `y`). */
export function offsetOf(surface: Surface, x: number, y: number): number {
  return y * surface.strideBytes + x * surface.bytesPerPixel;
}

/**
 * Repeats `width` pixels of row `y` in the `count - 1` rows below.
 *
 * `copyWithin` rather than `set`: it needs no view of what it copies.
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
