import assert from "node:assert/strict";
import { assertRefused, golden, patched, V2_1 } from "./_testing.ts";
import type { ContractErrorCode } from "../error_code.ts";
import { decodeMetadata, encodeMetadata } from "./metadata.ts";
import type { MetadataV2 } from "./metadata_v2.ts";

const V2_0_REGION = golden("v2_left_depth_valid_metadata");
const V2_1_REGION = encodeMetadata(V2_1);
const SEGMENT = 4096;

type Patches = Readonly<Record<number, readonly number[]>>;

const BROKEN_V2_0: readonly [ContractErrorCode, Patches][] = [
  ["v2_plane_count", { 0x20: [0, 0] }],
  ["v2_plane_count", { 0x20: [5, 0x1f] }],
  ["v2_presence_mask_upper", { 0x21: [0x13] }],
  ["v2_presence_mask_contiguous", { 0x21: [0x05] }],
  ["v2_presence_mask_contiguous", { 0x20: [1] }],
  ["v2_descriptors_offset", { 0x22: [65] }],
  ["v2_descriptor_size", { 0x24: [25] }],
  ["v2_descriptor_capacity", { 0x26: [3] }],
  ["v2_payload_size_zero", { 0x28: [0] }],
  ["v2_payload_size_segment", { 0x28: [0x01, 0x0f] }],
  ["v2_depth_unit", { 0x2c: [3] }],
];

const BROKEN_V2_1: readonly [ContractErrorCode, Patches][] = [
  ["v2_presence_mask_left", { 0x21: [0x0a] }],
  ["v2_presence_mask_count", { 0x20: [3] }],
];

for (const [code, patches] of BROKEN_V2_0) {
  Deno.test(`decodeMetadata refuses v2.0 metadata by the rule ${code} for ${JSON.stringify(patches)}`, () => {
    assertRefused(code, () => decodeMetadata(patched(V2_0_REGION, patches), SEGMENT));
  });
}

for (const [code, patches] of BROKEN_V2_1) {
  Deno.test(`decodeMetadata refuses v2.1 metadata by the rule ${code}`, () => {
    assertRefused(code, () => decodeMetadata(patched(V2_1_REGION, patches), SEGMENT));
  });
}

Deno.test("a v2 payload must fit the segment, to the byte", () => {
  assert.equal(decodeMetadata(V2_0_REGION, 256 + 40).version, "v2");
  assertRefused("v2_payload_size_segment", () => decodeMetadata(V2_0_REGION, 256 + 39));
  assertRefused("v2_payload_size_segment", () => decodeMetadata(V2_0_REGION, NaN));
});

Deno.test("v2.1 may omit planes in the middle, v2.0 may not", () => {
  const metadata = decodeMetadata(V2_1_REGION, SEGMENT);
  assert.deepEqual(metadata, V2_1);
  const older = patched(V2_1_REGION, { 9: [0] });
  assertRefused("v2_presence_mask_contiguous", () => decodeMetadata(older, SEGMENT));
});

Deno.test("later minor versions of v2 follow the rules of v2.1", () => {
  const later = patched(V2_1_REGION, { 9: [200] });
  assert.deepEqual(decodeMetadata(later, SEGMENT), { ...V2_1, minor: 200 });
});

Deno.test("reserved bytes of v2.0 are preserved, including those of the extension", () => {
  const marks: Patches = { 0x2d: [1], 0x3f: [2], 67: [3], 91: [4], 112: [9, 1, 7, 5], 160: [6] };
  const marked = patched(V2_0_REGION, marks);
  const metadata = decodeMetadata(marked, SEGMENT);
  assert.deepEqual(metadata.reserved, patched(new Uint8Array(256), marks));
  assert.equal("encoded" in metadata, false);
  assert.deepEqual(encodeMetadata(metadata), marked);
});

Deno.test("reserved bytes of v2.1 are preserved, excluding the extension's fields", () => {
  const marks: Patches = { 0x3d: [1, 2, 3], 88: [9, 1, 7, 5], 139: [4], 255: [6] };
  const marked = patched(V2_1_REGION, marks);
  const metadata = decodeMetadata(marked, SEGMENT);
  assert.deepEqual(metadata.reserved, patched(new Uint8Array(256), marks));
  assert.deepEqual(encodeMetadata(metadata), marked);
});

Deno.test("encodeMetadata refuses v2 metadata whose values do not fit their fields, and writes nothing", () => {
  const into = new Uint8Array(256).fill(0x55);
  const wrongs: Partial<MetadataV2>[] = [
    { minor: 256 },
    { flags: -1 },
    { frameCount: 2 ** 32 },
    { timestampNs: -1n },
    { publishSequence: 1n << 64n },
    { payloadSizeBytes: 2 ** 32 },
    { left: { ...V2_1.left, width: NaN } },
    { left: { ...V2_1.left, height: 0.5 } },
    { left: { ...V2_1.left, sizeBytes: 2 ** 32 } },
  ];
  for (const wrong of wrongs) {
    assertRefused("field_range", () => encodeMetadata({ ...V2_1, ...wrong }, into));
  }
  assert.deepEqual(into, new Uint8Array(256).fill(0x55));
});

Deno.test("encodeMetadata refuses v2 metadata that violates a rule", () => {
  const { accessUnit: _, encoded: __, ...leftOnly } = V2_1;
  assertRefused(
    "v2_presence_mask_contiguous",
    () => encodeMetadata({ ...leftOnly, minor: 0, confidence: V2_1.left }),
  );
  assertRefused("v2_extension_version", () => encodeMetadata(leftOnly));
  assertRefused(
    "v2_extension_version",
    () => encodeMetadata({ ...leftOnly, minor: 0, ...(V2_1.encoded && { encoded: V2_1.encoded }) }),
  );
  assertRefused("v2_payload_size_zero", () => encodeMetadata({ ...V2_1, payloadSizeBytes: 0 }));
});
