import { channelsOf, type Metadata, type Plane } from "../contract/mod.ts";
import type { ExtraPlanes } from "./frame_plan.ts";
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
  readonly planes?: ExtraPlanes;
}

const BYTES_OF_FLOAT = 4;

/** Bytes of the planes beside the picture. */
export function extraSizes(
  { width, height }: PictureGeometry,
  { frameCount, planes }: Pick<Publication, "frameCount" | "planes">,
): { readonly depth: number; readonly encoded: number } {
  return {
    depth: planes?.depth ? BYTES_OF_FLOAT * width * height : 0,
    // Of another size in each frame, as coded pictures are.
    encoded: planes?.encoded ? 500 + (frameCount * 7919) % 20_011 : 0,
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
  const extra = extraSizes(geometry, publication);
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
    ...(isMinor1 && { encoded: extra.encoded > 0 ? ACCESS_UNIT : NO_ACCESS_UNIT }),
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

const ACCESS_UNIT = { ...NO_ACCESS_UNIT, codec: "h264", bitstreamFormat: "annex_b" } as const;
