import assert from "node:assert/strict";
import { assertRefused, golden, patched, V1 } from "./_testing.ts";
import type { ContractErrorCode } from "../error_code.ts";
import { decodeMetadata, encodeMetadata } from "./metadata.ts";

const REGION = golden("v1_valid_metadata");
const SEGMENT = 256 + 24;

const BROKEN: readonly [ContractErrorCode, Readonly<Record<number, readonly number[]>>][] = [
  ["v1_width_zero", { 24: [0, 0] }],
  ["v1_height_zero", { 26: [0, 0] }],
  ["v1_channels_zero", { 28: [0] }],
  ["v1_depth", { 29: [8] }],
  ["v1_pixel_format", { 30: [7] }],
  ["v1_buffer_size_zero", { 32: [0, 0, 0, 0] }],
  ["v1_buffer_size_small", { 32: [23, 0, 0, 0] }],
  ["v1_buffer_size_segment", { 32: [25, 0, 0, 0] }],
];

for (const [code, patches] of BROKEN) {
  Deno.test(`decodeMetadata refuses v1 metadata by the rule ${code}`, () => {
    assertRefused(code, () => decodeMetadata(patched(REGION, patches), SEGMENT));
  });
}

Deno.test("the minimum v1 buffer size depends on the depth", () => {
  const u16 = patched(REGION, { 29: [2], 32: [47, 0, 0, 0] });
  assertRefused("v1_buffer_size_small", () => decodeMetadata(u16, 4096), { message: /48/ });
  assert.equal(decodeMetadata(patched(u16, { 32: [48] }), 256 + 48).frameCount, 77);
});

Deno.test("a v1 buffer must fit the segment, to the byte", () => {
  assert.equal(decodeMetadata(REGION, SEGMENT).version, "v1");
  assertRefused("v1_buffer_size_segment", () => decodeMetadata(REGION, SEGMENT - 1));
  assertRefused("v1_buffer_size_segment", () => decodeMetadata(REGION, NaN));
});

Deno.test("version 0.0 is decoded as version 1 and encoded as 0.0", () => {
  const legacy = patched(REGION, { 8: [0, 0, 5] });
  const metadata = decodeMetadata(legacy, SEGMENT);
  assert(metadata.version === "v1");
  assert.deepEqual(metadata.wireVersion, { major: 0, minor: 0 });
  assert.equal(metadata.width, 4);
  assert.deepEqual(encodeMetadata(metadata), legacy);
});

Deno.test("a later minor version of v1 is decoded and preserved", () => {
  const later = patched(REGION, { 9: [3] });
  const metadata = decodeMetadata(later, SEGMENT);
  assert(metadata.version === "v1");
  assert.deepEqual(metadata.wireVersion, { major: 1, minor: 3 });
  assert.deepEqual(encodeMetadata(metadata), later);
});

Deno.test("exactly the reserved bytes of v1 are preserved", () => {
  const marked = patched(REGION, { 10: [1, 2], 31: [3], 36: [4], 255: [5] });
  const metadata = decodeMetadata(marked, SEGMENT);
  const expected = patched(new Uint8Array(256), { 10: [1, 2], 31: [3], 36: [4], 255: [5] });
  assert.deepEqual(metadata.reserved, expected);
  assert.deepEqual(encodeMetadata(metadata), marked);
  assert.equal("reserved" in decodeMetadata(REGION, SEGMENT), false);
});

Deno.test("encodeMetadata refuses v1 metadata whose values do not fit their fields", () => {
  for (
    const wrong of [
      { width: 65536 },
      { height: 1.5 },
      { channels: 256 },
      { frameCount: -1 },
      { frameCount: 2 ** 32 },
      { timestampNs: -1n },
      { timestampNs: 1n << 64n },
      { bufferSizeBytes: NaN },
      { wireVersion: { major: 1, minor: 256 } },
    ]
  ) {
    assertRefused("field_range", () => encodeMetadata({ ...V1, ...wrong }));
  }
  assertRefused(
    "metadata_version",
    () => encodeMetadata({ ...V1, wireVersion: { major: 0, minor: 1 } }),
  );
  assertRefused(
    "reserved_length",
    () => encodeMetadata({ ...V1, reserved: new Uint8Array(255) }),
  );
});

Deno.test("encodeMetadata refuses an unknown enumeration name", () => {
  // JSON can have names that the types forbid; they must not be encoded as index -1, which is 255.
  const parsed = { ...V1, ...JSON.parse('{"pixelFormat":"nv12"}') };
  assertRefused("enumeration_code", () => encodeMetadata(parsed), { message: /nv12/ });
});

Deno.test("encodeMetadata refuses v1 metadata that violates a rule", () => {
  assertRefused("v1_width_zero", () => encodeMetadata({ ...V1, width: 0 }));
  assertRefused("v1_buffer_size_small", () => encodeMetadata({ ...V1, bufferSizeBytes: 23 }));
});
