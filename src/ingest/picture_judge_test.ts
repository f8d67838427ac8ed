import assert from "node:assert/strict";
import { encodeMetadata, METADATA_SIZE } from "../contract/mod.ts";
import { judgePicture } from "./picture_judge.ts";

/** 16384x1 gray. */
const LARGEST = {
  version: "v1",
  frameCount: 1,
  timestampNs: 1n,
  width: 16_384,
  height: 1,
  channels: 1,
  depth: "u8",
  pixelFormat: "gray",
  bufferSizeBytes: 16_384,
} as const;

Deno.test("judgePicture() refuses a picture with a side above 16384 pixels", () => {
  assert.equal(typeof judgePicture(encodeMetadata(LARGEST), METADATA_SIZE + 16_384), "object");
  for (const [width, height] of [[16_385, 1], [1, 16_385]] as const) {
    const bufferSizeBytes = width * height;
    const metadata = encodeMetadata({ ...LARGEST, width, height, bufferSizeBytes });
    assert.equal(
      judgePicture(metadata, METADATA_SIZE + bufferSizeBytes),
      `Frames of ${width}x${height} are not supported: supported are up to 16384x16384`,
    );
  }
});
