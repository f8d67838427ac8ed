import type { PictureSource } from "../../ffi/offer.ts";
import { ContractError, decodePicture, type Picture, PIXEL_FORMATS } from "../contract/mod.ts";

/** Maximum width and height in pixels, as in x264: a faulty producer must not make us allocate all memory. */
const MAX_SIDE = 16384;

/**
 * Decides whether the pictures that metadata describe can be streamed.
 *
 * @returns The picture, or a sentence for the user that says why not.
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

/** Returns where the picture lies in the segment, in the form that the shim takes. */
export function sourceOf(picture: Picture): PictureSource {
  const { offsetBytes, width, height, strideBytes, pixelFormat } = picture;
  const pixelFormatCode = PIXEL_FORMATS.indexOf(pixelFormat);
  return { offsetBytes, width, height, strideBytes, pixelFormatCode };
}
