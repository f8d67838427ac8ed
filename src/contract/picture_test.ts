import assert from "node:assert/strict";
import { assertRefused, V1, V2_1 } from "./_testing.ts";
import { leftPicture } from "./picture.ts";

Deno.test("the picture of v1 metadata is its frame", () => {
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

Deno.test("the picture of v2 metadata is its LEFT plane", () => {
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

Deno.test("a v1 buffer that its rows divide is padded row by row", () => {
  assert.equal(leftPicture({ ...V1, bufferSizeBytes: 32 }).strideBytes, 16);
});

Deno.test("a v1 buffer that its rows do not divide is padded at its end", () => {
  assert.equal(leftPicture({ ...V1, bufferSizeBytes: 25 }).strideBytes, 12);
  const deep = { ...V1, depth: "u16", bufferSizeBytes: 49 } as const;
  assert.equal(leftPicture(deep).strideBytes, 24);
});

Deno.test("v1 channels other than the pixel format's make no picture", () => {
  assertRefused("v1_channels_mismatch", () => leftPicture({ ...V1, channels: 1 }), {
    message: /got 1 channels of rgb, allowed are 3/,
  });
});
