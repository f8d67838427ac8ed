import { channelsOf, type PixelFormat } from "../contract/mod.ts";
import { StreamerError } from "../errors.ts";

/** Size and memory layout of a picture. */
export interface PictureGeometry {
  /** Width in pixels: 64 to 7680, even for `yuyv`. */
  readonly width: number;
  /** Height in rows: 48 to 4320. */
  readonly height: number;
  /** Order of the channels; each is one byte. */
  readonly pixelFormat: PixelFormat;
  /**
   * Distance between the starts of two rows, in bytes.
   *
   * @default the size of a row's pixels
   */
  readonly strideBytes?: number;
}

/** Allowed widths. In smaller pictures, the cells of the frame number do not survive coding. */
export const WIDTH_RANGE = { min: 64, max: 7680 } as const;
/** Allowed heights; see {@linkcode WIDTH_RANGE}. */
export const HEIGHT_RANGE = { min: 48, max: 4320 } as const;

/** Returns the distance between the starts of two rows, in bytes. */
export function strideOf(geometry: PictureGeometry): number {
  return geometry.strideBytes ?? geometry.width * channelsOf(geometry.pixelFormat);
}

/** Returns the size of the picture in bytes. */
export function sizeOf(geometry: PictureGeometry): number {
  return strideOf(geometry) * geometry.height;
}

/**
 * Checks that a picture can be painted.
 *
 * @throws {StreamerError} `invalid_picture`, if the size or the stride is not allowed.
 */
export function checkGeometry(geometry: PictureGeometry): void {
  const { width, height, pixelFormat } = geometry;
  checkSide("width", width, WIDTH_RANGE);
  checkSide("height", height, HEIGHT_RANGE);
  if (pixelFormat === "yuyv" && width % 2 !== 0) {
    throw invalid(`Invalid width ${width}: yuyv needs an even width`);
  }
  const stride = strideOf(geometry);
  const minStride = width * channelsOf(pixelFormat);
  if (!Number.isInteger(stride) || stride < minStride) {
    throw invalid(
      `Invalid stride ${stride}: expected at least ${minStride} bytes for ${width} ${pixelFormat} pixels`,
    );
  }
}

function checkSide(name: string, value: number, { min, max }: { min: number; max: number }): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalid(`Invalid simulator ${name} ${value}: expected ${min} to ${max} pixels`);
  }
}

function invalid(message: string): StreamerError {
  return new StreamerError(message, { code: "invalid_picture" });
}
