import type { PictureSource } from "../../ffi/offer.ts";
import { ContractError, decodePicture, type Picture, PIXEL_FORMATS } from "../contract/mod.ts";

/** Pixels a side, as much as x264 takes: a producer gone wrong must not make us ask for all memory. */
const MAX_SIDE = 16384;

/**
 * Decides whether pictures that metadata describe can be streamed.
 *
 * @returns The picture, or why not: one sentence for a user.
 */
export function judgePicture(metadata: Uint8Array, segmentSize: number): Picture | string {
  try {
    const picture = decodePicture(metadata, segmentSize);
    const { depth, width, height } = picture;
    if (depth !== "u8") {
      return `Frames of depth ${depth} are not supported: ` +
        `supported is u8, in ${PIXEL_FORMATS.join(", ")}`;
    }
    if (width > MAX_SIDE || height > MAX_SIDE) {
      return `Frames of ${width}x${height} are not supported: ` +
        `supported are up to ${MAX_SIDE}x${MAX_SIDE}`;
    }
    return picture;
  } catch (error) {
    if (error instanceof ContractError) return error.message;
    throw error;
  }
}

/** Where such a picture lies, in the words of the shim. */
export function sourceOf(picture: Picture): PictureSource {
  const { offsetBytes, width, height, strideBytes, pixelFormat } = picture;
  const pixelFormatCode = PIXEL_FORMATS.indexOf(pixelFormat);
  return { offsetBytes, width, height, strideBytes, pixelFormatCode };
}
