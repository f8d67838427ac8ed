import { requireUint, requireUint64, U16_MAX, U32_MAX, U8_MAX } from "./_fields.ts";
import { codeOf, named } from "./_codes.ts";
import { METADATA_SIZE, PAYLOAD_OFFSET, writePreamble } from "./_region.ts";
import { type ByteRange, keepReserved, restoreReserved } from "./_reserved.ts";
import { bytesOf, type Depth, DEPTHS, PIXEL_FORMATS, type PixelFormat } from "./enumerations.ts";
import { ContractError } from "./errors.ts";
import { checkVersion1, type WireVersion } from "./version.ts";

/** Metadata of contract version 1: one frame of one plane. */
export interface MetadataV1 {
  /** Discriminates the versions of metadata. */
  readonly version: "v1";
  /** Present if the version on the wire is not `1.0`. */
  readonly wireVersion?: WireVersion;
  /** Number of the frame: u32. It may wrap or restart. */
  readonly frameCount: number;
  /** Capture time in nanoseconds: u64. */
  readonly timestampNs: bigint;
  /** Pixels in a row: 1 to 65535. */
  readonly width: number;
  /** Rows: 1 to 65535. */
  readonly height: number;
  /** Channels of a pixel: 1 to 255. The contract does not require that they match `pixelFormat`. */
  readonly channels: number;
  /** Type of one channel. */
  readonly depth: Depth;
  /** Order of the channels. */
  readonly pixelFormat: PixelFormat;
  /** Size of the payload in bytes: at least that of the pixels. */
  readonly bufferSizeBytes: number;
  /** The region with all named fields set to 0; present only if a reserved byte is not 0. */
  readonly reserved?: Uint8Array;
}

const RESERVED: readonly ByteRange[] = [[10, 12], [31, 32], [36, METADATA_SIZE]];

/** Decodes a region of 256 bytes whose magic and major version are already checked. `view` is a view of it. */
export function decodeMetadataV1(
  region: Uint8Array,
  view: DataView,
  segmentSize: number,
): MetadataV1 {
  const wireVersion = checkVersion1(
    "metadata",
    "metadata_version",
    view.getUint8(8),
    view.getUint8(9),
  );
  const metadata: MetadataV1 = {
    version: "v1",
    frameCount: view.getUint32(12, true),
    timestampNs: view.getBigUint64(16, true),
    width: view.getUint16(24, true),
    height: view.getUint16(26, true),
    channels: view.getUint8(28),
    depth: named(DEPTHS, view.getUint8(29), "v1_depth", "depth in v1 metadata"),
    pixelFormat: named(
      PIXEL_FORMATS,
      view.getUint8(30),
      "v1_pixel_format",
      "pixel format in v1 metadata",
    ),
    bufferSizeBytes: view.getUint32(32, true),
  };
  checkGeometry(metadata, segmentSize);
  const reserved = keepReserved(region, METADATA_SIZE, RESERVED);
  if (reserved === undefined && wireVersion === undefined) return metadata;
  return {
    ...metadata,
    ...(wireVersion && { wireVersion }),
    ...(reserved && { reserved }),
  };
}

/** Encodes into a region of 256 bytes, overwriting all of it. */
export function encodeMetadataV1(metadata: MetadataV1, region: Uint8Array, view: DataView): void {
  const { major, minor } = metadata.wireVersion ?? { major: 1, minor: 0 };
  checkVersion1("metadata", "metadata_version", major, minor);
  requireUint("the minor version", minor, U8_MAX);
  requireUint("frame_count", metadata.frameCount, U32_MAX);
  requireUint64("timestamp_ns", metadata.timestampNs);
  requireUint("width", metadata.width, U16_MAX);
  requireUint("height", metadata.height, U16_MAX);
  requireUint("channels", metadata.channels, U8_MAX);
  requireUint("buffer_size", metadata.bufferSizeBytes, U32_MAX);
  const depth = codeOf(DEPTHS, metadata.depth, "depth");
  const pixelFormat = codeOf(PIXEL_FORMATS, metadata.pixelFormat, "pixel_format");
  checkGeometry(metadata, Infinity);

  restoreReserved(region, metadata.reserved, RESERVED);
  writePreamble(view, major, minor);
  view.setUint32(12, metadata.frameCount, true);
  view.setBigUint64(16, metadata.timestampNs, true);
  view.setUint16(24, metadata.width, true);
  view.setUint16(26, metadata.height, true);
  view.setUint8(28, metadata.channels);
  view.setUint8(29, depth);
  view.setUint8(30, pixelFormat);
  view.setUint32(32, metadata.bufferSizeBytes, true);
}

function checkGeometry(metadata: MetadataV1, segmentSize: number): void {
  const { width, height, channels, depth, bufferSizeBytes } = metadata;
  if (width === 0) throw zero("v1_width_zero", "width");
  if (height === 0) throw zero("v1_height_zero", "height");
  if (channels === 0) throw zero("v1_channels_zero", "channels");
  if (bufferSizeBytes === 0) throw zero("v1_buffer_size_zero", "buffer_size");
  const minimum = width * channels * bytesOf(depth) * height;
  if (bufferSizeBytes < minimum) {
    throw new ContractError(
      "v1_buffer_size_small",
      `Invalid buffer_size in v1 metadata: got ${bufferSizeBytes}, expected at least ${minimum} for ${width}x${height} pixels of ${channels} ${depth} channels`,
    );
  }
  // Not `>`, so that a segment size of NaN is refused.
  if (!(PAYLOAD_OFFSET + bufferSizeBytes <= segmentSize)) {
    throw new ContractError(
      "v1_buffer_size_segment",
      `The v1 buffer does not fit the segment: got ${PAYLOAD_OFFSET} + ${bufferSizeBytes} bytes, allowed are up to the segment's ${segmentSize}`,
    );
  }
}

function zero(
  code: "v1_width_zero" | "v1_height_zero" | "v1_channels_zero" | "v1_buffer_size_zero",
  field: string,
): ContractError {
  return new ContractError(code, `Invalid ${field} in v1 metadata: got 0, expected at least 1`);
}
