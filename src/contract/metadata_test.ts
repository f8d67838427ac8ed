import assert from "node:assert/strict";
import fc from "fast-check";
import { metadataV1, metadataV2, mutations } from "./_arbitraries.ts";
import { assertRefused, golden, patched, refusedOr, V1, V2_1 } from "./_testing.ts";
import { decodeMetadata, encodeMetadata, type Metadata } from "./metadata.ts";
import { leftPicture } from "./picture.ts";

const RGB_2X2 = { pixelFormat: "rgb", depth: "u8", width: 2, height: 2, offsetBytes: 0 } as const;

const DEPTH_2X2 = { pixelFormat: "gray", depth: "f32", width: 2, height: 2 } as const;

const LEFT_ONLY = {
  version: "v2",
  minor: 0,
  flags: 0,
  frameCount: 9001,
  timestampNs: 123n,
  publishSequence: 456n,
  payloadSizeBytes: 12,
  depthUnit: "unknown",
  left: { ...RGB_2X2, strideBytes: 6, sizeBytes: 12 },
} as const;

const GOLDEN: Readonly<Record<string, Metadata>> = {
  v1_valid: {
    version: "v1",
    frameCount: 77,
    timestampNs: 1234567890n,
    width: 4,
    height: 2,
    channels: 3,
    depth: "u8",
    pixelFormat: "rgb",
    bufferSizeBytes: 24,
  },
  v2_left_only_valid: LEFT_ONLY,
  v2_left_depth_valid: {
    ...LEFT_ONLY,
    payloadSizeBytes: 40,
    left: { ...RGB_2X2, strideBytes: 8, sizeBytes: 16 },
    depth: { ...DEPTH_2X2, strideBytes: 12, offsetBytes: 16, sizeBytes: 24 },
  },
  v2_left_depth_confidence_valid: {
    ...LEFT_ONLY,
    frameCount: 501,
    timestampNs: 987654321n,
    publishSequence: 77n,
    payloadSizeBytes: 32,
    depth: { ...DEPTH_2X2, strideBytes: 8, offsetBytes: 12, sizeBytes: 16 },
    confidence: {
      pixelFormat: "gray",
      depth: "u8",
      width: 2,
      height: 2,
      strideBytes: 2,
      offsetBytes: 28,
      sizeBytes: 4,
    },
  },
};

for (const [name, expected] of Object.entries(GOLDEN)) {
  Deno.test(`the golden segment ${name} is decoded to the expected fields and encoded to the same bytes`, () => {
    const region = golden(`${name}_metadata`);
    const payload = golden(`${name}_payload`);
    assert.equal(region.length, 256);
    const metadata = decodeMetadata(region, 256 + payload.length);
    assert.deepEqual(metadata, expected);
    assert.deepEqual(encodeMetadata(metadata), region);
    assert.deepEqual(encodeMetadata(expected), region);

    // The payload fits exactly, so a segment one byte smaller is refused.
    assert.throws(() => decodeMetadata(region, 256 + payload.length - 1));
    const picture = leftPicture(metadata);
    const segment = Uint8Array.of(...region, ...payload);
    assert.deepEqual([...segment.subarray(picture.offsetBytes).subarray(0, 3)], [1, 2, 3]);
  });
}

Deno.test("decodeMetadata checks the length, the magic and the version", () => {
  const region = golden("v1_valid_metadata");
  assertRefused("metadata_length", () => decodeMetadata(region.subarray(1), 4096), {
    message: /got 255 bytes, allowed are 256/,
  });
  for (const at of [0, 3, 4, 7]) {
    assertRefused("metadata_magic", () => decodeMetadata(patched(region, { [at]: [1] }), 4096));
  }
  for (const version of [[0, 1], [3, 0], [255, 0]]) {
    const message = new RegExp(`got ${version[0]}\\.${version[1]},`);
    assertRefused(
      "metadata_version",
      () => decodeMetadata(patched(region, { 8: version }), 4096),
      { message },
    );
  }
});

Deno.test("decodeMetadata accepts a region at any offset of its buffer", () => {
  const around = new Uint8Array(1 + 256 + 24).fill(0xff);
  around.set(golden("v1_valid_metadata"), 1);
  assert.equal(decodeMetadata(around.subarray(1), 280).frameCount, 77);
});

Deno.test("encodeMetadata writes exactly the first 256 bytes of a longer array", () => {
  for (const metadata of [V1, V2_1]) {
    const into = new Uint8Array(300).fill(0xff);
    const region = encodeMetadata(metadata, into);
    assert.equal(region.buffer, into.buffer);
    assert.deepEqual(into.subarray(0, 256), encodeMetadata(metadata));
    assert.deepEqual(into.subarray(256), new Uint8Array(44).fill(0xff));
    assertRefused("region_length", () => encodeMetadata(metadata, new Uint8Array(255)));
  }
});

Deno.test("any valid metadata survives a round trip", () => {
  fc.assert(fc.property(fc.oneof(metadataV1, metadataV2), (metadata) => {
    const size = metadata.version === "v1" ? metadata.bufferSizeBytes : metadata.payloadSizeBytes;
    assert.deepEqual(decodeMetadata(encodeMetadata(metadata), 256 + size), metadata);
  }));
});

function assertRoundTrip(bytes: Uint8Array, segmentSize: number): boolean {
  const before = bytes.slice();
  const metadata = refusedOr(() => decodeMetadata(bytes, segmentSize));
  assert.deepEqual(bytes, before);
  if (metadata === undefined) return false;
  assert.deepEqual(encodeMetadata(metadata), bytes.subarray(0, 256));
  refusedOr(() => leftPicture(metadata));
  return true;
}

Deno.test("decodeMetadata refuses any bytes or decodes them so that encoding reproduces them", () => {
  const magic = [...golden("v1_valid_metadata").subarray(0, 8)];
  const versions = fc.constantFrom([0, 0], [1, 0], [2, 0], [2, 1], [7, 7]);
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 300 }),
    fc.option(versions),
    fc.oneof(fc.nat(), fc.constant(Infinity)),
    (bytes, version, segmentSize) => {
      const start = version === null ? [] : [...magic, ...version];
      const region = start.length > bytes.length ? bytes : patched(bytes, { 0: start });
      assertRoundTrip(region, segmentSize);
    },
  ));
});

Deno.test("decodeMetadata refuses mutated regions or decodes them so that encoding reproduces them", () => {
  let [accepted, refused] = [0, 0];
  fc.assert(
    fc.property(
      fc.oneof(metadataV1, metadataV2),
      mutations(256),
      (metadata, changes) => {
        const region = encodeMetadata(metadata).slice();
        for (const [at, value] of changes) region[at] = value;
        if (assertRoundTrip(region, 2 ** 33)) accepted++;
        else refused++;
      },
    ),
    { numRuns: 1000 },
  );
  // Make sure that the property covered both outcomes.
  assert(accepted > 50 && refused > 50, `accepted ${accepted}, refused ${refused}`);
});
