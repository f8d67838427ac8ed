import { channelsOf, type Metadata } from "../contract/mod.ts";
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
}

/** The metadata of a frame that is nothing but its picture. */
export function frameMetadata(
  abi: Abi,
  geometry: PictureGeometry,
  { frameCount, timestampNs, sequence }: Publication,
): Metadata {
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
  return {
    version: "v2",
    minor: abi === "v2.1" ? 1 : 0,
    flags: 0,
    frameCount,
    timestampNs,
    publishSequence: sequence,
    payloadSizeBytes: sizeBytes,
    depthUnit: "unknown",
    left: {
      pixelFormat,
      depth: "u8",
      width,
      height,
      strideBytes: strideOf(geometry),
      offsetBytes: 0,
      sizeBytes,
    },
    ...(abi === "v2.1" && { encoded: NO_ACCESS_UNIT }),
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
