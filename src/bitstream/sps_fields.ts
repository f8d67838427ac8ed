import type { BitReader } from "./bit_reader.ts";
import { BitstreamError } from "./bitstream_error.ts";

/** Largest width or height: more than any level allows, and the limit of a container's 16-bit fields. */
const MAX_SIDE = 65_535;

/** The size of coded pictures, and the unit of their cropping offsets. */
export interface CodedSize {
  /** Width in luma samples. */
  readonly width: number;
  /** Height in luma samples. */
  readonly height: number;
  /** Luma samples per unit of the horizontal offsets: `CropUnitX`, or `SubWidthC`. */
  readonly cropUnitX: number;
  /** Luma samples per unit of the vertical offsets: `CropUnitY`, or `SubHeightC`. */
  readonly cropUnitY: number;
}

/**
 * Reads a `ue(v)` of at most `max`.
 *
 * @param name Name of the field in the specification, for the error.
 * @throws {BitstreamError} If the value is larger, or the payload ends first.
 */
export function boundedExpGolomb(bits: BitReader, name: string, max: number): number {
  const value = bits.expGolomb();
  if (value > max) {
    throw new BitstreamError(`An SPS has ${name} ${value}; 0 to ${max} are allowed`);
  }
  return value;
}

/**
 * Reads the flag and the four offsets of the cropping rectangle (`frame_cropping_flag` of H.264,
 * `conformance_window_flag` of H.265), and returns the cropped size.
 *
 * @throws {BitstreamError} If the width or height is not 1 to 65535.
 */
export function croppedSize(bits: BitReader, coded: CodedSize): { width: number; height: number } {
  const cropped = bits.unsigned(1) === 1;
  const horizontal = cropped ? bits.expGolomb() + bits.expGolomb() : 0;
  const vertical = cropped ? bits.expGolomb() + bits.expGolomb() : 0;
  const width = coded.width - horizontal * coded.cropUnitX;
  const height = coded.height - vertical * coded.cropUnitY;
  for (const side of [width, height]) {
    if (!(side >= 1 && side <= MAX_SIDE)) {
      throw new BitstreamError(
        `An SPS has pictures of ${width}x${height}; 1 to ${MAX_SIDE} are allowed for both`,
      );
    }
  }
  return { width, height };
}
