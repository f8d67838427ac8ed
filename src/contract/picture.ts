import { PAYLOAD_OFFSET } from "./_region.ts";
import { bytesOf, channelsOf, type Depth, type PixelFormat } from "./enumerations.ts";
import { ContractError } from "./errors.ts";
import { type Metadata, metadataView, unknownVersion } from "./metadata.ts";
import { decodeMetadataV1, type MetadataV1 } from "./metadata_v1.ts";
import { decodeLeft } from "./metadata_v2.ts";
import type { Plane } from "./plane.ts";
import { isVersion1 } from "./version.ts";

/** The format and location of a frame's picture, the same for every version of the metadata. */
export interface Picture {
  /** The producer's number of the frame: u32. It may wrap or restart. */
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
  /** Bytes from the start of one row to the start of the next: at least those of the row's pixels. */
  readonly strideBytes: number;
  /** Bytes from the start of the segment to the first row. */
  readonly offsetBytes: number;
  /** Size of all rows in bytes: at least `strideBytes * height`. */
  readonly sizeBytes: number;
}

/**
 * Returns the picture of a frame: that of v1 metadata, or the LEFT plane of v2.
 *
 * @throws {ContractError} `v1_channels_mismatch` if the number of channels in v1 metadata does not match the pixel format.
 * The contract allows such metadata, so they can be decoded, but the picture is ambiguous.
 */
export function leftPicture(metadata: Metadata): Picture {
  if (metadata.version === "v1") return pictureOfV1(metadata);
  return pictureOfPlane(metadata.left, metadata.frameCount, metadata.timestampNs);
}

/**
 * Decodes the picture of a frame from a metadata region. The result is that of {@linkcode decodeMetadata} and
 * {@linkcode leftPicture}, but other planes are ignored and may be invalid.
 *
 * @param bytes The region; bytes after the first 256 are ignored.
 * @param segmentSize Size in bytes of the whole segment, which the picture must fit.
 * @throws {ContractError} With the code of the violated rule.
 */
export function decodePicture(bytes: Uint8Array, segmentSize: number): Picture {
  const view = metadataView(bytes);
  const major = view.getUint8(8);
  const minor = view.getUint8(9);
  if (isVersion1(major, minor)) return pictureOfV1(decodeMetadataV1(bytes, view, segmentSize));
  if (major !== 2) throw unknownVersion(major, minor);
  const left = decodeLeft(view, segmentSize);
  return pictureOfPlane(left, view.getUint32(0x0c, true), view.getBigUint64(0x10, true));
}

function pictureOfPlane(left: Plane, frameCount: number, timestampNs: bigint): Picture {
  const { width, height, pixelFormat, depth, strideBytes, offsetBytes, sizeBytes } = left;
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

function pictureOfV1(metadata: MetadataV1): Picture {
  const { frameCount, timestampNs, width, height } = metadata;
  const { channels, pixelFormat, depth, bufferSizeBytes } = metadata;
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
    strideBytes: strideOfV1(width * channels * bytesOf(depth), height, bufferSizeBytes),
    offsetBytes: PAYLOAD_OFFSET,
    sizeBytes: bufferSizeBytes,
  };
}

/**
 * Infers the stride, which v1 metadata do not have. A buffer that is larger than the pixels has either padded rows or
 * extra bytes after the last row. Padding rounds rows up to a multiple of a power of two, at least 4. The rows are taken
 * to be padded only if the buffer divides into such rows exactly. Extra bytes at the end rarely look like that; if taken
 * for padding, they would shear the picture.
 */
function strideOfV1(rowBytes: number, height: number, bufferSizeBytes: number): number {
  const padded = bufferSizeBytes / height;
  if (!Number.isInteger(padded)) return rowBytes;
  const alignment = (padded & -padded) >>> 0;
  return alignment >= MIN_ALIGNMENT && padded - rowBytes < alignment ? padded : rowBytes;
}

/** Smallest alignment of padded rows in bytes. */
const MIN_ALIGNMENT = 4;
