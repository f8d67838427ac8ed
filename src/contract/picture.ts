import { PAYLOAD_OFFSET } from "./_region.ts";
import { bytesOf, channelsOf, type Depth, type PixelFormat } from "./enumerations.ts";
import { ContractError } from "./errors.ts";
import type { Metadata } from "./metadata.ts";

/** One frame's picture and where it lies, the same for every version of the metadata. */
export interface Picture {
  /** The producer's number of the frame: u32, it may wrap or restart. */
  readonly frameCount: number;
  /** Capture time in nanoseconds: u64. */
  readonly timestampNs: bigint;
  /** Pixels in a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Order of the channels. */
  readonly pixelFormat: PixelFormat;
  /** Type of one channel. */
  readonly depth: Depth;
  /** Bytes from the start of one row to the start of the next: no less than the row's pixels. */
  readonly strideBytes: number;
  /** Bytes from the start of the segment to the first row. */
  readonly offsetBytes: number;
  /** Bytes of all rows: `strideBytes * height` or more. */
  readonly sizeBytes: number;
}

/**
 * Gives the picture of a frame: the one of v1 metadata, or the LEFT plane of v2.
 *
 * @throws {ContractError} `v1_channels_mismatch` where v1 metadata has another number of channels
 * than its pixel format. The contract calls such metadata valid, so decoding lets it through, but
 * as a picture it has two readings and neither is known to be right.
 */
export function leftPicture(metadata: Metadata): Picture {
  const { frameCount, timestampNs } = metadata;
  if (metadata.version === "v2") {
    const { width, height, pixelFormat, depth, strideBytes, offsetBytes, sizeBytes } =
      metadata.left;
    return {
      frameCount,
      timestampNs,
      width,
      height,
      pixelFormat,
      depth,
      strideBytes,
      offsetBytes: PAYLOAD_OFFSET + offsetBytes,
      sizeBytes,
    };
  }
  const { width, height, channels, pixelFormat, depth, bufferSizeBytes } = metadata;
  if (channels !== channelsOf(pixelFormat)) {
    throw new ContractError(
      "v1_channels_mismatch",
      `Ambiguous picture in v1 metadata: got ${channels} channels of ${pixelFormat}, allowed are ${
        channelsOf(pixelFormat)
      }`,
    );
  }
  return {
    frameCount,
    timestampNs,
    width,
    height,
    pixelFormat,
    depth,
    strideBytes: bufferSizeBytes % height === 0
      ? bufferSizeBytes / height
      : width * channels * bytesOf(depth),
    offsetBytes: PAYLOAD_OFFSET,
    sizeBytes: bufferSizeBytes,
  };
}
