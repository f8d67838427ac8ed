import {
  channelsOf,
  ENCODED_FLAG_KEY_FRAME,
  type EncodedExtension,
  type Metadata,
  type Plane,
} from "../contract/mod.ts";
import type { Codec } from "../bitstream/codec.ts";
import { type PictureGeometry, sizeOf, strideOf } from "./picture_geometry.ts";

/** Version of the metadata that a producer writes: `v2` is v2.0. */
export type Abi = "v1" | "v2" | "v2.1";

/** One publication of a frame. */
export interface Publication {
  /** Frame number, u32. */
  readonly frameCount: number;
  /** Capture time: Unix time in nanoseconds. */
  readonly timestampNs: bigint;
  /** Sequence number of the publication; only v2 has a field for it. */
  readonly sequence: bigint;
  /**
   * Additional planes of the frame. v1 supports none.
   *
   * @default {}
   */
  readonly beside?: Beside;
}

/** The planes of a frame in addition to the picture. */
export interface Beside {
  /**
   * Whether there is a depth plane: float32, as large as the picture.
   *
   * @default false
   */
  readonly depth?: boolean;
  /** An access unit that the producer has encoded. */
  readonly unit?: CodedPlane | undefined;
}

/** An access unit that the producer has encoded, with its metadata. */
export interface CodedPlane {
  /** The access unit in Annex B format. */
  readonly data: Uint8Array;
  /** Codec of the access unit. */
  readonly codec: Codec;
  /** Whether the metadata flag it as a key frame. */
  readonly isFlaggedKey: boolean;
  /** Frames per second. */
  readonly fps: number;
  /** Presentation time in nanoseconds on the producer's stream clock. */
  readonly streamPtsNs: bigint;
}

const FLOAT_BYTES = 4;

/** Returns the sizes of the additional planes in bytes. */
export function extraSizes(
  { width, height }: PictureGeometry,
  { depth, unit }: Beside = {},
): { readonly depth: number; readonly encoded: number } {
  return {
    depth: depth ? FLOAT_BYTES * width * height : 0,
    encoded: unit?.data.length ?? 0,
  };
}

/** Returns the metadata of a frame. Like with real producers, a frame with an access unit has the minor version 1. */
export function frameMetadata(
  abi: Abi,
  geometry: PictureGeometry,
  publication: Publication,
): Metadata {
  const { frameCount, timestampNs, sequence } = publication;
  const { width, height, pixelFormat } = geometry;
  const sizeBytes = sizeOf(geometry);
  if (abi === "v1") {
    return {
      version: "v1",
      frameCount,
      timestampNs,
      width,
      height,
      channels: channelsOf(pixelFormat),
      depth: "u8",
      pixelFormat,
      bufferSizeBytes: sizeBytes,
    };
  }
  const extra = extraSizes(geometry, publication.beside);
  const isMinor1 = abi === "v2.1" || extra.encoded > 0;
  return {
    version: "v2",
    minor: isMinor1 ? 1 : 0,
    flags: 0,
    frameCount,
    timestampNs,
    publishSequence: sequence,
    payloadSizeBytes: sizeBytes + extra.depth + extra.encoded,
    depthUnit: extra.depth > 0 ? "metre" : "unknown",
    left: {
      pixelFormat,
      depth: "u8",
      width,
      height,
      strideBytes: strideOf(geometry),
      offsetBytes: 0,
      sizeBytes,
    },
    ...(extra.depth > 0 && { depth: depthPlane(geometry, sizeBytes, extra.depth) }),
    ...(extra.encoded > 0 &&
      { accessUnit: accessUnitPlane(sizeBytes + extra.depth, extra.encoded) }),
    ...(isMinor1 && { encoded: extensionOf(publication.beside?.unit) }),
  };
}

function depthPlane(
  { width, height }: PictureGeometry,
  offsetBytes: number,
  sizeBytes: number,
): Plane {
  const strideBytes = FLOAT_BYTES * width;
  return { pixelFormat: "gray", depth: "f32", width, height, strideBytes, offsetBytes, sizeBytes };
}

function accessUnitPlane(offsetBytes: number, sizeBytes: number): Plane {
  return {
    pixelFormat: "gray",
    depth: "u8",
    width: sizeBytes,
    height: 1,
    strideBytes: sizeBytes,
    offsetBytes,
    sizeBytes,
  };
}

const NO_ACCESS_UNIT = {
  codec: "unknown",
  bitstreamFormat: "unknown",
  flags: 0,
  frameRateNumerator: 0,
  frameRateDenominator: 0,
  streamPtsNs: 0n,
} as const;

function extensionOf(unit: CodedPlane | undefined): EncodedExtension {
  if (unit === undefined) return NO_ACCESS_UNIT;
  const { codec, isFlaggedKey, fps, streamPtsNs } = unit;
  // Exact for integer rates; the numerator is a u16.
  const denominator = Number.isInteger(fps) ? 1 : Math.floor(0xffff / fps);
  return {
    codec,
    bitstreamFormat: "annex_b",
    flags: isFlaggedKey ? ENCODED_FLAG_KEY_FRAME : 0,
    frameRateNumerator: Math.round(fps * denominator),
    frameRateDenominator: denominator,
    streamPtsNs,
  };
}
