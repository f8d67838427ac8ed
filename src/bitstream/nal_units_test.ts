import assert from "node:assert/strict";
import * as fc from "fast-check";
import { annexB, arbitraryNalUnits, fixtureStream, nalUnitsOf, scanned } from "./_testing.ts";
import { NalUnits } from "./nal_units.ts";

function ranges(data: Uint8Array): [number, number][] {
  const units = scanned(data);
  return Array.from({ length: units.count }, (_, i) => [units.start(i), units.end(i)]);
}

/** Reference implementation: searches for the byte_stream_nal_unit() syntax of Annex B byte by byte. */
function plainRanges(data: Uint8Array): [number, number][] {
  const found: [number, number][] = [];
  let open = -1;
  const close = (end: number): void => {
    while (end > open && data[end - 1] === 0) end -= 1;
    if (open >= 0 && end > open) found.push([open, end]);
  };
  for (let i = 0; i + 2 < data.length; i++) {
    if (data[i] === 0 && data[i + 1] === 0 && data[i + 2] === 1) {
      close(i);
      open = i + 3;
      i += 2;
    }
  }
  close(data.length);
  return found;
}

Deno.test("NalUnits finds NAL units after start codes of 3 and of 4 bytes", () => {
  assert.deepEqual(ranges(Uint8Array.of(0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68)), [[4, 6], [9, 10]]);
});

Deno.test("NalUnits excludes trailing zeros, leading bytes and empty NAL units", () => {
  assert.deepEqual(ranges(Uint8Array.of(0, 0, 1, 0x65, 9, 0, 0, 0, 0, 0, 1, 0x41, 0)), [
    [3, 5],
    [11, 12],
  ]);
  assert.deepEqual(ranges(Uint8Array.of(7, 7, 0, 0, 1, 0x65)), [[5, 6]]);
  assert.deepEqual(ranges(Uint8Array.of(0, 0, 1, 0, 0, 1, 0x65)), [[6, 7]]);
  assert.deepEqual(ranges(Uint8Array.of(0, 0, 1)), []);
  assert.deepEqual(ranges(new Uint8Array(0)), []);
});

Deno.test("NalUnits agrees with a byte-by-byte search", () => {
  // Few distinct values, so that start codes are frequent.
  const bytes = fc.array(fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 0x65), { maxLength: 200 });
  fc.assert(
    fc.property(bytes, (values) => {
      const data = Uint8Array.from(values);
      assert.deepEqual(ranges(data), plainRanges(data));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("NalUnits returns the NAL units that a stream consists of", () => {
  fc.assert(fc.property(arbitraryNalUnits("h264", 2000), (nalUnits) => {
    assert.deepEqual(nalUnitsOf(annexB(nalUnits)), nalUnits);
  }));
});

Deno.test("NalUnits grows for many NAL units and discards them at the next scan", () => {
  const many = Array.from({ length: 1000 }, (_, i) => Uint8Array.of(0x41, 1 + i % 255));
  const units = new NalUnits();
  assert.equal(units.scan(annexB(many)), 1000);
  assert.deepEqual([...units.view(999)], [0x41, 1 + 999 % 255]);
  assert.equal(units.scan(Uint8Array.of(0, 0, 1, 0x65)), 1);
  assert.throws(() => units.start(1), RangeError);
});

Deno.test("NalUnits finds the NAL units of x264 and x265 streams", () => {
  const h264 = nalUnitsOf(fixtureStream("h264")).map((nal) => nal[0]! & 31);
  assert.deepEqual(h264.slice(0, 7), [9, 7, 8, 6, 5, 9, 1]);
  const h265 = nalUnitsOf(fixtureStream("h265")).map((nal) => nal[0]! >> 1);
  assert.deepEqual(h265.slice(0, 8), [35, 32, 33, 34, 39, 20, 35, 1]);
});
