/**
 * Arbitrary valid values of the contract, for property tests.
 *
 * @module
 */
import fc from "fast-check";
import type { EncodedExtension } from "./encoded_extension.ts";
import {
  BITSTREAM_FORMATS,
  bytesOf,
  channelsOf,
  type Depth,
  DEPTH_UNITS,
  DEPTHS,
  ENCODED_CODECS,
  PIXEL_FORMATS,
  type PixelFormat,
} from "./enumerations.ts";
import type { MetadataV1 } from "./metadata_v1.ts";
import type { MetadataV2 } from "./metadata_v2.ts";
import type { Plane } from "./plane.ts";
import type { StatusMessage } from "./status_message.ts";
import type { SyncMessage } from "./sync_message.ts";

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const padding = fc.nat({ max: 40 });

/** Labels of 0 to 24 ASCII characters. */
export const labels = fc.string({
  unit: fc.integer({ min: 1, max: 0x7f }).map((code) => String.fromCharCode(code)),
  maxLength: 24,
});

/** Metadata of version 1.0 without reserved bytes. */
export const metadataV1: fc.Arbitrary<MetadataV1> = fc.record({
  frameCount: u32,
  timestampNs: u64,
  width: fc.integer({ min: 1, max: 4096 }),
  height: fc.integer({ min: 1, max: 4096 }),
  channels: fc.integer({ min: 1, max: 8 }),
  depth: fc.constantFrom(...DEPTHS),
  pixelFormat: fc.constantFrom(...PIXEL_FORMATS),
  padding,
}).map(({ padding, ...fields }) => ({
  ...fields,
  version: "v1",
  bufferSizeBytes: fields.width * fields.height * fields.channels * bytesOf(fields.depth) +
    padding,
}));

type PlaneSeed = {
  pixelFormat: PixelFormat;
  depth: Depth;
  width: number;
  height: number;
  rowPadding: number;
  padding: number;
};

function planeSeeds(
  pixelFormat: fc.Arbitrary<PixelFormat>,
  depth: fc.Arbitrary<Depth>,
): fc.Arbitrary<PlaneSeed> {
  return fc.record<PlaneSeed>({
    pixelFormat,
    depth,
    width: fc.integer({ min: 1, max: 2048 }),
    height: fc.integer({ min: 1, max: 2048 }),
    rowPadding: padding,
    padding,
  });
}

function planeAt(seed: PlaneSeed, offsetBytes: number): Plane {
  const { pixelFormat, depth, width, height } = seed;
  const strideBytes = width * channelsOf(pixelFormat) * bytesOf(depth) + seed.rowPadding;
  const sizeBytes = strideBytes * height + seed.padding;
  return { pixelFormat, depth, width, height, strideBytes, offsetBytes, sizeBytes };
}

const extensions: fc.Arbitrary<EncodedExtension> = fc.record({
  codec: fc.constantFrom(...ENCODED_CODECS.slice(1)),
  bitstreamFormat: fc.constantFrom(...BITSTREAM_FORMATS.slice(1)),
  flags: u16,
  frameRateNumerator: u16,
  frameRateDenominator: u16,
  streamPtsNs: u64,
}, { noNullPrototype: true });

/** Metadata v2 of any minor version, with any set of planes allowed in it, without reserved bytes. */
export const metadataV2: fc.Arbitrary<MetadataV2> = fc.record({
  minor: fc.constantFrom(0, 1, 2, 255),
  mask: fc.nat({ max: 7 }),
  header: fc.record({
    flags: u16,
    frameCount: u32,
    timestampNs: u64,
    publishSequence: u64,
    depthUnit: fc.constantFrom(...DEPTH_UNITS),
  }),
  left: planeSeeds(fc.constantFrom(...PIXEL_FORMATS), fc.constantFrom(...DEPTHS)),
  depth: planeSeeds(fc.constant("gray"), fc.constant("f32")),
  confidence: planeSeeds(fc.constant("gray"), fc.constantFrom("f32", "u8")),
  accessUnitSize: fc.integer({ min: 1, max: 1 << 20 }),
  trailing: padding,
  extension: extensions,
}).map((seed) => {
  // v2.0 allows no gaps between planes: the presence mask after LEFT is 0, 1, 3 or 7.
  const mask = seed.minor > 0 ? seed.mask : [0, 1, 3, 7][seed.mask % 4] ?? 0;
  let end = 0;
  const place = (plane: PlaneSeed): Plane => {
    const placed = planeAt(plane, end);
    end += placed.sizeBytes;
    return placed;
  };
  const left = place(seed.left);
  const depth = mask & 1 ? place(seed.depth) : undefined;
  const confidence = mask & 2 ? place(seed.confidence) : undefined;
  const accessUnit = mask & 4
    ? place({
      pixelFormat: "gray",
      depth: "u8",
      width: seed.accessUnitSize,
      height: 1,
      rowPadding: 0,
      padding: 0,
    })
    : undefined;
  return {
    version: "v2",
    minor: seed.minor,
    ...seed.header,
    payloadSizeBytes: end + seed.trailing,
    left,
    ...(depth && { depth }),
    ...(confidence && { confidence }),
    ...(accessUnit && { accessUnit }),
    ...(seed.minor > 0 && { encoded: seed.extension }),
  };
});

const wireVersion = fc.oneof(
  fc.constant({}),
  fc.constant({ wireVersion: { major: 0, minor: 0 } }),
  fc.integer({ min: 1, max: 0xff }).map((minor) => ({ wireVersion: { major: 1, minor } })),
);

/** Sync messages of every version. */
export const syncMessages: fc.Arbitrary<SyncMessage> = fc
  .tuple(fc.record({ frameCount: u32, timestampNs: u64, label: labels }), wireVersion)
  .map(([fields, version]) => ({ ...fields, ...version }));

/** Status messages of every version. */
export const statusMessages: fc.Arbitrary<StatusMessage> = fc
  .tuple(
    fc.record({
      status: fc.constantFrom("online" as const, "offline" as const, "stream_reset" as const),
      label: labels,
    }),
    wireVersion,
  )
  .map(([fields, version]) => ({ ...fields, ...version }));

/** Bytes to overwrite: offset and value. */
export const mutations = (size: number): fc.Arbitrary<[number, number][]> =>
  fc.array(fc.tuple(fc.nat({ max: size - 1 }), u8), { minLength: 1, maxLength: 6 });
