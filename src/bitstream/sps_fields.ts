import type { BitReader } from "./bit_reader.ts";
import { BitstreamError } from "./bitstream_error.ts";

/** Wider or higher pictures than any level allows, and than a container's 16-bit fields can tell. */
const MAX_SIDE = 65_535;

/** The size of coded pictures, and what one step of their cropping offsets is worth. */
export interface CodedSize {
  /** Luma samples. */
  readonly width: number;
  /** Luma samples. */
  readonly height: number;
  /** Luma samples of a step to the side: `CropUnitX`, or `SubWidthC`. */
  readonly cropUnitX: number;
  /** Luma samples of a step up or down: `CropUnitY`, or `SubHeightC`. */
  readonly cropUnitY: number;
}

/**
 * Reads `ue(v)` that may not exceed `max`.
 *
 * @param name Name of the field in the specification, for the error.
 * @throws {BitstreamError} If it does.
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
 * `conformance_window_flag` of H.265) and takes them off.
 *
 * @throws {BitstreamError} If nothing is left, or a side is longer than 65535.
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
        `An SPS has pictures of ${width}x${height}; sides of 1 to ${MAX_SIDE} are allowed`,
      );
    }
  }
  return { width, height };
}
