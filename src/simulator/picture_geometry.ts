import { channelsOf, type PixelFormat } from "../contract/mod.ts";
import { StreamerError } from "../errors.ts";

/** Size and memory layout of a picture. */
export interface PictureGeometry {
  /** Pixels in a row: 64 to 7680, even for `yuyv`. */
  readonly width: number;
  /** Rows: 48 to 4320. */
  readonly height: number;
  /** Order of the channels, each a byte. */
  readonly pixelFormat: PixelFormat;
  /** Bytes from row to row; those of the pixels unless given. */
  readonly strideBytes?: number;
}

/** Below, the cells of the frame number are too small to survive coding; above, nobody has a camera. */
export const WIDTH_RANGE = { min: 64, max: 7680 } as const;
/** See {@linkcode WIDTH_RANGE}. */
export const HEIGHT_RANGE = { min: 48, max: 4320 } as const;

/** Bytes from row to row. */
export function strideOf(geometry: PictureGeometry): number {
  return geometry.strideBytes ?? geometry.width * channelsOf(geometry.pixelFormat);
}

/** Bytes of all rows. */
export function sizeOf(geometry: PictureGeometry): number {
  return strideOf(geometry) * geometry.height;
}

/**
 * Refuses a picture that cannot be painted.
 *
 * @throws {StreamerError} `invalid_picture`.
 */
export function checkGeometry(geometry: PictureGeometry): void {
  const { width, height, pixelFormat } = geometry;
  checkSide("width", width, WIDTH_RANGE);
  checkSide("height", height, HEIGHT_RANGE);
  if (pixelFormat === "yuyv" && width % 2 !== 0) {
    throw invalid(`Invalid width ${width}: yuyv shares its chroma by pairs, allowed are even ones`);
  }
  const stride = strideOf(geometry);
  const least = width * channelsOf(pixelFormat);
  if (!Number.isInteger(stride) || stride < least) {
    throw invalid(
      `Invalid stride ${stride}: allowed are ${least} bytes and more for ${width} ${pixelFormat} pixels`,
    );
  }
}

function checkSide(name: string, value: number, { min, max }: { min: number; max: number }): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalid(`Invalid ${name} ${value} of the simulator: allowed are ${min} to ${max} pixels`);
  }
}

function invalid(message: string): StreamerError {
  return new StreamerError(message, {
    code: "invalid_picture",
  });
}
