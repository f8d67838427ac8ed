import assert from "node:assert/strict";
import { assertRefused, golden, patched, V2_1 } from "./_testing.ts";
import type { ContractErrorCode } from "../error_code.ts";
import { decodeMetadata, encodeMetadata } from "./metadata.ts";

// LEFT: 2x2 RGB in bytes 0 to 15. DEPTH: 2x2 gray/f32 in bytes 16 to 39. Both have padding.
const LEFT_DEPTH = golden("v2_left_depth_valid_metadata");
const CONFIDENCE = golden("v2_left_depth_confidence_valid_metadata");
const ACCESS_UNIT = encodeMetadata(V2_1);
const SEGMENT = 4096;

const SLOT = [64, 88, 112, 136] as const;
const TYPE = 0, FORMAT = 1, DEPTH = 2, WIDTH = 4, HEIGHT = 8, STRIDE = 12, OFFSET = 16, SIZE = 20;

const BROKEN: readonly [ContractErrorCode, Uint8Array, number, readonly number[]][] = [
  ["v2_plane_type", LEFT_DEPTH, SLOT[0] + TYPE, [1]],
  ["v2_plane_type", LEFT_DEPTH, SLOT[1] + TYPE, [0]],
  ["v2_pixel_format", LEFT_DEPTH, SLOT[0] + FORMAT, [7]],
  ["v2_depth", LEFT_DEPTH, SLOT[0] + DEPTH, [8]],
  ["v2_width_zero", LEFT_DEPTH, SLOT[0] + WIDTH, [0]],
  ["v2_height_zero", LEFT_DEPTH, SLOT[0] + HEIGHT, [0]],
  ["v2_stride_zero", LEFT_DEPTH, SLOT[0] + STRIDE, [0]],
  ["v2_size_zero", LEFT_DEPTH, SLOT[0] + SIZE, [0]],
  ["v2_stride_small", LEFT_DEPTH, SLOT[0] + STRIDE, [5]],
  ["v2_stride_small", LEFT_DEPTH, SLOT[1] + STRIDE, [7]],
  ["v2_size_small", LEFT_DEPTH, SLOT[0] + SIZE, [15]],
  ["v2_size_small", LEFT_DEPTH, SLOT[0] + HEIGHT, [0, 0, 0, 0x80]],
  ["v2_offset_payload", LEFT_DEPTH, SLOT[1] + OFFSET, [41]],
  ["v2_size_payload", LEFT_DEPTH, SLOT[1] + SIZE, [25]],
  ["v2_size_payload", LEFT_DEPTH, SLOT[1] + OFFSET, [40]],
  ["v2_left_offset", LEFT_DEPTH, SLOT[0] + OFFSET, [1]],
  ["v2_plane_contiguous", LEFT_DEPTH, SLOT[1] + OFFSET, [15]],
  ["v2_depth_plane_format", LEFT_DEPTH, SLOT[1] + FORMAT, [1]],
  ["v2_depth_plane_format", LEFT_DEPTH, SLOT[1] + DEPTH, [0]],
  ["v2_confidence_plane_format", CONFIDENCE, SLOT[2] + FORMAT, [0]],
  ["v2_confidence_plane_format", CONFIDENCE, SLOT[2] + DEPTH, [2]],
  ["v2_access_unit_format", ACCESS_UNIT, SLOT[3] + FORMAT, [0]],
  ["v2_access_unit_format", ACCESS_UNIT, SLOT[3] + DEPTH, [5]],
  ["v2_access_unit_height", ACCESS_UNIT, SLOT[3] + HEIGHT, [2]],
  ["v2_access_unit_extent", ACCESS_UNIT, SLOT[3] + WIDTH, [4]],
  ["v2_access_unit_extent", ACCESS_UNIT, SLOT[3] + STRIDE, [6]],
];

for (const [code, region, offset, bytes] of BROKEN) {
  Deno.test(`decodeMetadata refuses a v2 plane by the rule ${code} for ${bytes} at byte ${offset}`, () => {
    assertRefused(code, () => decodeMetadata(patched(region, { [offset]: bytes }), SEGMENT), {
      message: /v2 plane/,
    });
  });
}

Deno.test("decodeMetadata refuses the contract's malformed descriptor, which is larger than its payload", () => {
  const region = patched(golden("v2_left_only_valid_metadata"), { [SLOT[0] + SIZE]: [20] });
  assertRefused("v2_size_payload", () => decodeMetadata(region, SEGMENT));
});

Deno.test("an inactive slot may have a format, but no size or position", () => {
  for (const field of [WIDTH, HEIGHT, STRIDE, OFFSET, SIZE]) {
    const region = patched(LEFT_DEPTH, { [SLOT[2] + field + 3]: [1] });
    assertRefused("v2_inactive_slot", () => decodeMetadata(region, SEGMENT));
  }
  const formatted = patched(LEFT_DEPTH, { [SLOT[2]]: [2, 1, 5] });
  assert.equal("confidence" in decodeMetadata(formatted, SEGMENT), false);
});

Deno.test("a confidence plane may be f32", () => {
  const region = patched(CONFIDENCE, {
    0x28: [44],
    [SLOT[2] + DEPTH]: [5],
    [SLOT[2] + STRIDE]: [8],
    [SLOT[2] + SIZE]: [16],
  });
  const metadata = decodeMetadata(region, SEGMENT);
  assert(metadata.version === "v2");
  assert.equal(metadata.confidence?.depth, "f32");
});

Deno.test("a plane may have more than 65535 pixels per side", () => {
  const left = { ...V2_1.left, width: 70_000, height: 1, strideBytes: 210_000 };
  const { accessUnit: _, ...rest } = V2_1;
  const metadata = {
    ...rest,
    payloadSizeBytes: 210_000,
    left: { ...left, sizeBytes: 210_000 },
  };
  assert.deepEqual(decodeMetadata(encodeMetadata(metadata), 256 + 210_000), metadata);
});
