import { PAYLOAD_OFFSET } from "./_region.ts";
import { bytesOf, channelsOf, type Depth, type PixelFormat } from "./enumerations.ts";
import { ContractError } from "./errors.ts";
import { type Metadata, metadataView, unknownVersion } from "./metadata.ts";
import { decodeMetadataV1, type MetadataV1 } from "./metadata_v1.ts";
import { decodeLeft } from "./metadata_v2.ts";
import type { Plane } from "./plane.ts";
import { spellsVersion1 } from "./version.ts";

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
  if (metadata.version === "v1") return pictureOfV1(metadata);
  return pictureOfPlane(metadata.left, metadata.frameCount, metadata.timestampNs);
}

/**
 * Decodes the picture of a frame out of a metadata region, without regard to other planes: what
 * {@linkcode decodeMetadata} and {@linkcode leftPicture} give, also where another plane is not valid.
 *
 * @param bytes The region; what follows its 256 bytes is not looked at.
 * @param segmentSize Bytes of the whole segment, which the picture has to fit.
 * @throws {ContractError} With the code of the broken rule.
 */
export function decodePicture(bytes: Uint8Array, segmentSize: number): Picture {
  const view = metadataView(bytes);
  const major = view.getUint8(8);
  const minor = view.getUint8(9);
  if (spellsVersion1(major, minor)) return pictureOfV1(decodeMetadataV1(bytes, view, segmentSize));
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
 * v1 does not say how long a row is. A buffer of more bytes than the pixels has either padded rows or bytes
 * after the last one. Rows are padded to a multiple of a power of two, 4 or more, so only a buffer that is divided
 * into such rows, and needs no other reason for its size, is taken to have them. Bytes at the end that are
 * by chance a multiple of the height hardly ever pass for that; taken for padding, they would shear the picture.
 */
function strideOfV1(rowBytes: number, height: number, bufferSizeBytes: number): number {
  const padded = bufferSizeBytes / height;
  if (!Number.isInteger(padded)) return rowBytes;
  const alignment = (padded & -padded) >>> 0;
  return alignment >= LEAST_ALIGNMENT && padded - rowBytes < alignment ? padded : rowBytes;
}

/** Bytes. */
const LEAST_ALIGNMENT = 4;
