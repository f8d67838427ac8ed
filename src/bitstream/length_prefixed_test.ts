import assert from "node:assert/strict";
import * as fc from "fast-check";
import { annexB, arbitraryNalUnits, scanned } from "./_testing.ts";
import { BitstreamError } from "./bitstream_error.ts";
import type { Codec } from "./codec.ts";
import {
  isInBand,
  lengthPrefixedBytes,
  parseLengthPrefixed,
  writeLengthPrefixed,
} from "./length_prefixed.ts";

function written(codec: Codec, nalUnits: readonly Uint8Array[]): Uint8Array {
  const units = scanned(annexB(nalUnits));
  const target = new Uint8Array(lengthPrefixedBytes(codec, units) + 3);
  assert.equal(writeLengthPrefixed(codec, units, target, 3), target.length);
  return target.subarray(3);
}

Deno.test("writeLengthPrefixed omits parameter sets and delimiters, and keeps SEI", () => {
  const h264 = [[0x09, 0xf0], [0x67, 1], [0x68, 1], [0x06, 5, 1], [0x65, 0x88]];
  const bytes = written("h264", h264.map((nal) => Uint8Array.from(nal)));
  assert.deepEqual([...bytes], [0, 0, 0, 3, 6, 5, 1, 0, 0, 0, 2, 0x65, 0x88]);
  const h265 = [[0x46, 1, 9], [0x40, 1, 9], [0x42, 1, 9], [0x44, 1, 9], [0x4e, 1, 9], [0x28, 1, 9]];
  const other = written("h265", h265.map((nal) => Uint8Array.from(nal)));
  assert.deepEqual([...other], [0, 0, 0, 3, 0x4e, 1, 9, 0, 0, 0, 3, 0x28, 1, 9]);
});

Deno.test("writeLengthPrefixed omits a NAL unit that is shorter than its header", () => {
  assert.deepEqual([...written("h265", [Uint8Array.of(0x02)])], []);
});

Deno.test("parseLengthPrefixed returns the NAL units that writeLengthPrefixed wrote", () => {
  for (const codec of ["h264", "h265"] as const) {
    fc.assert(
      fc.property(arbitraryNalUnits(codec, 70_000), (nalUnits) => {
        const kept = nalUnits.filter((nal) => isInBand(codec, nal[0]!));
        assert.deepEqual(parseLengthPrefixed(written(codec, nalUnits)), kept);
      }),
      { numRuns: 50 },
    );
  }
});

Deno.test("parseLengthPrefixed refuses lengths that do not fill the data exactly", () => {
  for (const bytes of [[0], [0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 2, 9], [0, 0, 0, 1, 9, 0]]) {
    assert.throws(() => parseLengthPrefixed(Uint8Array.from(bytes)), BitstreamError);
  }
  const huge = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 9);
  assert.throws(() => parseLengthPrefixed(huge), BitstreamError);
  assert.deepEqual(parseLengthPrefixed(new Uint8Array(0)), []);
});

Deno.test("parseLengthPrefixed returns NAL units or throws a BitstreamError for any bytes", () => {
  const lengths = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 5, 255), { maxLength: 40 });
  fc.assert(fc.property(lengths, (bytes) => {
    try {
      const total = parseLengthPrefixed(Uint8Array.from(bytes))
        .reduce((sum, nal) => sum + 4 + nal.length, 0);
      assert.equal(total, bytes.length);
    } catch (error) {
      assert.ok(error instanceof BitstreamError, `${error}`);
    }
  }));
});
