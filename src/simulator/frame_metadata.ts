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
  /** The frame's number: u32. */
  readonly frameCount: number;
  /** When it was captured: Unix time in nanoseconds. */
  readonly timestampNs: bigint;
  /** Which publication of the producer it is; v2 alone has room for it. */
  readonly sequence: bigint;
  /** What the frame has beside its picture; nothing, unless given. v1 has room for none. */
  readonly beside?: Beside;
}

/** What a frame has beside its picture. */
export interface Beside {
  /** Whether there is a plane of distances, float32, as large as the picture. */
  readonly depth?: boolean;
  /** The access unit that the producer has encoded itself. */
  readonly unit?: CodedPlane | undefined;
}

/** An access unit of the producer's own, and what its metadata say of it. */
export interface CodedPlane {
  /** Annex B. */
  readonly data: Uint8Array;
  /** What it is coded in. */
  readonly codec: Codec;
  /** Whether it is called a key frame. */
  readonly isFlaggedKey: boolean;
  /** Frames a second. */
  readonly fps: number;
  /** Presentation time in nanoseconds on the producer's stream clock. */
  readonly streamPtsNs: bigint;
}

const BYTES_OF_FLOAT = 4;

/** Bytes of the planes beside the picture. */
export function extraSizes(
  { width, height }: PictureGeometry,
  { depth, unit }: Beside = {},
): { readonly depth: number; readonly encoded: number } {
  return {
    depth: depth ? BYTES_OF_FLOAT * width * height : 0,
    encoded: unit?.data.length ?? 0,
  };
}

/** The metadata of a frame. The minor version is 1 where the frame has an access unit, as of real producers. */
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
  const strideBytes = BYTES_OF_FLOAT * width;
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
  // Exact for whole rates; the numerator is a u16.
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
