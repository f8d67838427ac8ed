import assert from "node:assert/strict";
import { assertRefused, patched, V2_1 } from "./_testing.ts";
import { ENCODED_FLAG_KEY_FRAME } from "./encoded_extension.ts";
import { decodeMetadata, encodeMetadata } from "./metadata.ts";

const REGION = encodeMetadata(V2_1);
const SEGMENT = 4096;

Deno.test("encodeMetadata writes the extension at the offset in the contract", () => {
  assert.deepEqual(
    [...REGION.subarray(0x2d, 0x40)],
    // codec, format, flags, 30000, 1001, 33366666 ns, reserved
    [2, 1, 1, 0, 0x30, 0x75, 0xe9, 3, 0x8a, 0x22, 0xfd, 1, 0, 0, 0, 0, 0, 0, 0],
  );
});

Deno.test("the key frame flag is bit 0, and the other bits are preserved", () => {
  const region = patched(REGION, { 0x2f: [0x03, 0x80] });
  const metadata = decodeMetadata(region, SEGMENT);
  assert(metadata.version === "v2" && metadata.encoded);
  assert.equal(metadata.encoded.flags, 0x8003);
  assert.equal(metadata.encoded.flags & ENCODED_FLAG_KEY_FRAME, 1);
  assert.deepEqual(encodeMetadata(metadata), region);
});

Deno.test("decodeMetadata refuses unknown codec and format codes", () => {
  assertRefused("v2_codec", () => decodeMetadata(patched(REGION, { 0x2d: [3] }), SEGMENT));
  assertRefused(
    "v2_bitstream_format",
    () => decodeMetadata(patched(REGION, { 0x2e: [2] }), SEGMENT),
  );
});

Deno.test("decodeMetadata refuses an access unit without a codec or format", () => {
  const codec = patched(REGION, { 0x2d: [0] });
  assertRefused("v2_codec_unknown", () => decodeMetadata(codec, SEGMENT));
  const format = patched(REGION, { 0x2e: [0] });
  assertRefused("v2_bitstream_format_unknown", () => decodeMetadata(format, SEGMENT));
});

Deno.test("decodeMetadata accepts an unknown codec and format without an access unit", () => {
  const { accessUnit: _, ...leftOnly } = V2_1;
  assert(leftOnly.encoded);
  const metadata = {
    ...leftOnly,
    encoded: {
      ...leftOnly.encoded,
      codec: "unknown" as const,
      bitstreamFormat: "unknown" as const,
    },
  };
  assert.deepEqual(decodeMetadata(encodeMetadata(metadata), SEGMENT), metadata);
});

Deno.test("encodeMetadata refuses an extension whose values do not fit its fields", () => {
  assert(V2_1.encoded);
  for (
    const wrong of [
      { flags: 65536 },
      { frameRateNumerator: -1 },
      { frameRateDenominator: 1.5 },
      { streamPtsNs: -1n },
    ]
  ) {
    const encoded = { ...V2_1.encoded, ...wrong };
    assertRefused("field_range", () => encodeMetadata({ ...V2_1, encoded }));
  }
});
