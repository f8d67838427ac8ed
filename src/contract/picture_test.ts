import assert from "node:assert/strict";
import { assertRefused, patched, V1, V2_1 } from "./_testing.ts";
import { encodeMetadata } from "./metadata.ts";
import { decodePicture, leftPicture } from "./picture.ts";

Deno.test("leftPicture returns the frame of v1 metadata", () => {
  assert.deepEqual(leftPicture(V1), {
    frameCount: 7,
    timestampNs: 1_000n,
    width: 4,
    height: 2,
    pixelFormat: "rgb",
    depth: "u8",
    strideBytes: 12,
    offsetBytes: 256,
    sizeBytes: 24,
  });
});

Deno.test("leftPicture returns the LEFT plane of v2 metadata", () => {
  assert.deepEqual(leftPicture({ ...V2_1, left: { ...V2_1.left, strideBytes: 7 } }), {
    frameCount: 9,
    timestampNs: 2_000n,
    width: 2,
    height: 2,
    pixelFormat: "bgr",
    depth: "u8",
    strideBytes: 7,
    offsetBytes: 256,
    sizeBytes: 12,
  });
});

Deno.test("leftPicture infers padded rows of a v1 buffer that divides into aligned rows", () => {
  assert.equal(leftPicture({ ...V1, bufferSizeBytes: 32 }).strideBytes, 16);
});

Deno.test("leftPicture infers extra bytes at the end of a v1 buffer whose rows would not be aligned", () => {
  // 640x360 BGR: rows of 1920 bytes, which no alignment would pad to 1921 or 1928.
  const picture = { ...V1, width: 640, height: 360, pixelFormat: "bgr" } as const;
  for (const [extra, stride] of [[0, 1920], [1, 1920], [8, 1920], [1920, 1920], [128, 2048]]) {
    const bufferSizeBytes = 360 * (1920 + (extra ?? 0));
    assert.equal(leftPicture({ ...picture, bufferSizeBytes }).strideBytes, stride, `${extra}`);
  }
});

Deno.test("decodePicture ignores the other planes", () => {
  const region = encodeMetadata(V2_1);
  const expected = leftPicture(V2_1);
  assert.deepEqual(decodePicture(region, 1 << 20), expected);
  // Plane count, mask, payload size, and the descriptors of the other three planes.
  const patches = { 0x20: [9], 0x21: [0xff], [64 + 24]: Array.from({ length: 72 }, () => 0xee) };
  assert.deepEqual(decodePicture(patched(region, patches), 1 << 20), expected);
  assertRefused("v2_presence_mask_left", () => decodePicture(patched(region, { 0x21: [6] }), 1e6));
  const fits = expected.offsetBytes + expected.sizeBytes;
  assert.deepEqual(decodePicture(region, fits), expected);
  assertRefused("v2_payload_size_segment", () => decodePicture(region, fits - 1));
  assert.deepEqual(decodePicture(encodeMetadata(V1), 1 << 20), leftPicture(V1));
});

Deno.test("leftPicture infers extra bytes at the end of a v1 buffer that does not divide into rows", () => {
  assert.equal(leftPicture({ ...V1, bufferSizeBytes: 25 }).strideBytes, 12);
  const deep = { ...V1, depth: "u16", bufferSizeBytes: 49 } as const;
  assert.equal(leftPicture(deep).strideBytes, 24);
});

Deno.test("leftPicture refuses v1 channels that do not match the pixel format", () => {
  assertRefused("v1_channels_mismatch", () => leftPicture({ ...V1, channels: 1 }), {
    message: /got 1 channels of rgb, allowed are 3/,
  });
});
