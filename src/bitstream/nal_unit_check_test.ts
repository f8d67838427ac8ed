import assert from "node:assert/strict";
import { fixtureStream, nalUnitsOf } from "./_testing.ts";
import { BitstreamError } from "./bitstream_error.ts";
import { checkNalUnit } from "./nal_unit_check.ts";

Deno.test("checkNalUnit accepts the output of x264 and x265", () => {
  for (const codec of ["h264", "h265"] as const) {
    for (const nal of nalUnitsOf(fixtureStream(codec))) checkNalUnit(codec, nal);
  }
});

const refused = [
  ["h264", [], /0 bytes/],
  ["h264", [0xe7, 1], /forbidden_zero_bit/],
  ["h264", [0x60, 1], /type 0/],
  ["h264", [0x78, 1], /type 24/],
  ["h264", [0x62, 1], /data partitions/],
  ["h264", [0x05, 1], /nal_ref_idc 0/],
  ["h264", [0x66, 1], /nal_ref_idc 3/],
  ["h264", [0x41, 9, 0, 0, 1], /00 00 01/],
  ["h264", [0x41, 9, 9, 0, 0, 0, 5], /00 00 00/],
  ["h264", [0x41, 0, 0, 2], /00 00 02/],
  ["h265", [0x40], /1 bytes/],
  ["h265", [0x60, 1], /type 48/],
  ["h265", [0x40, 0], /temporal_id/],
  ["h265", [0x26, 2], /TemporalId 1/],
] as const;

for (const [codec, bytes, reason] of refused) {
  const shown = bytes.map((byte) => byte.toString(16)).join(" ");
  Deno.test(`checkNalUnit refuses "${shown}" as ${codec}`, () => {
    assert.throws(() => checkNalUnit(codec, Uint8Array.from(bytes)), (error) => {
      assert.ok(error instanceof BitstreamError);
      assert.match(error.message, reason);
      return true;
    });
  });
}

Deno.test("checkNalUnit accepts emulation prevention and trailing zeros", () => {
  checkNalUnit("h264", Uint8Array.of(0x41, 7, 0, 0, 0));
  checkNalUnit("h264", Uint8Array.of(0x41, 0, 0, 3, 0, 0, 3, 1, 0, 1, 2));
});
