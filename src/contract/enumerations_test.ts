import assert from "node:assert/strict";
import {
  BITSTREAM_FORMATS,
  bytesOf,
  channelsOf,
  DEPTH_UNITS,
  DEPTHS,
  ENCODED_CODECS,
  PIXEL_FORMATS,
} from "./enumerations.ts";

Deno.test("the codes on the wire match the contract's tables", () => {
  assert.deepEqual(PIXEL_FORMATS, ["rgb", "bgr", "rgba", "bgra", "gray", "yuv", "yuyv"]);
  assert.deepEqual(DEPTHS, ["u8", "s8", "u16", "s16", "s32", "f32", "f64", "f16"]);
  assert.deepEqual(DEPTH_UNITS, ["unknown", "millimetre", "metre"]);
  assert.deepEqual(ENCODED_CODECS, ["unknown", "h264", "h265"]);
  assert.deepEqual(BITSTREAM_FORMATS, ["unknown", "annex_b"]);
});

Deno.test("channelsOf and bytesOf return the sizes of every pixel format and depth", () => {
  assert.deepEqual(PIXEL_FORMATS.map(channelsOf), [3, 3, 4, 4, 1, 3, 2]);
  assert.deepEqual(DEPTHS.map(bytesOf), [1, 1, 2, 2, 4, 4, 8, 2]);
});
