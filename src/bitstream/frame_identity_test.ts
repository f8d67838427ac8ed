import assert from "node:assert/strict";
import * as fc from "fast-check";
import { annexB, fixtureStream, nalUnitsOf, scanned, splitAtDelimiters } from "./_testing.ts";
import { readFrameIdentity, seiPosition, writeFrameIdentity } from "./frame_identity.ts";
import { nalKind } from "./nal_kind.ts";
import { NalUnits } from "./nal_units.ts";

const CODECS = ["h264", "h265"] as const;
const identities = fc.record({
  frameNumber: fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 0xffff_ffff })),
  captureUnixNs: fc.oneof(
    fc.constantFrom(0n, 1n, 1n << 32n, (1n << 64n) - 1n),
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  ),
  label: fc.string({ maxLength: 24 }),
});

for (const codec of CODECS) {
  Deno.test(`an identity is read from ${codec} as it was written`, () => {
    fc.assert(fc.property(identities, (identity) => {
      const units = scanned(annexB([writeFrameIdentity(codec, identity)]));
      assert.deepEqual(readFrameIdentity(codec, units), {
        ...identity,
        precisionTimeStampUs: identity.captureUnixNs / 1000n,
      });
    }));
  });

  Deno.test(`an identity goes before the first slice of ${codec}, and changes nothing else`, () => {
    const sei = writeFrameIdentity(codec, { frameNumber: 0, captureUnixNs: 0n, label: "" });
    const units = splitAtDelimiters(codec, fixtureStream(codec));
    assert.ok(units.length > 5);
    for (const data of units) {
      const before = scanned(data);
      const at = seiPosition(codec, before);
      const after = NalUnits.withInserted(before, at, sei);
      assert.match(nalKind(codec, after.header(at + 1)), /slice/);
      assert.deepEqual(
        [...after].map((nal) => [...nal]),
        nalUnitsOf(after.data).map((n) => [...n]),
      );
      assert.deepEqual([...after][at], sei);
      const others = [...after].filter((_, i) => i !== at);
      assert.deepEqual(others, [...before]);
    }
  });
}

Deno.test("an access unit without the messages has no identity", () => {
  assert.equal(readFrameIdentity("h264", scanned(fixtureStream("h264"))), undefined);
});

Deno.test("SEI goes before the prefix of a slice", () => {
  assert.equal(
    seiPosition("h264", scanned(annexB([[0x67], [0x6e], [0x65]].map((n) => Uint8Array.from(n))))),
    1,
  );
});

Deno.test("bytes before the first start code stay in front of an inserted NAL unit", () => {
  const units = scanned(Uint8Array.of(7, 0, 0, 0, 1, 0x65));
  const after = NalUnits.withInserted(units, 0, Uint8Array.of(6));
  assert.deepEqual([...after.data], [7, 0, 0, 0, 0, 1, 6, 0, 0, 1, 0x65]);
  assert.deepEqual([...after].map((nal) => [...nal]), [[6], [0x65]]);
});
