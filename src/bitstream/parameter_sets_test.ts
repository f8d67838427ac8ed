import assert from "node:assert/strict";
import * as fc from "fast-check";
import { annexB, fixtureStream, nalUnitsOf, scanned, splitAtDelimiters } from "./_testing.ts";
import { isKeyFrame, nalKind } from "./nal_kind.ts";
import { ParameterSets } from "./parameter_sets.ts";

const SPS = Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0xd9);
const PPS = Uint8Array.of(0x68, 0xce, 0x38, 0x80);
const IDR = Uint8Array.of(0x65, 0x88, 0x84);
const SLICE = Uint8Array.of(0x41, 0x9a, 0x24);

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`ParameterSets of ${codec} are complete after the first key frame and do not change`, () => {
    const sets = new ParameterSets(codec);
    const changes = splitAtDelimiters(codec, fixtureStream(codec)).map((unit) =>
      sets.observe(scanned(unit))
    );
    assert.deepEqual(changes, [true, ...changes.slice(1).map(() => false)]);
    assert.ok(sets.complete);
    const count = codec === "h264" ? 0 : 1;
    assert.deepEqual([sets.vps.length, sets.sps.length, sets.pps.length], [count, 1, 1]);
  });

  Deno.test(`ParameterSets inserts those of ${codec} where they were removed`, () => {
    const [first] = splitAtDelimiters(codec, fixtureStream(codec));
    const sets = new ParameterSets(codec);
    const whole = scanned(first!);
    sets.observe(whole);
    assert.equal(sets.inFrontOf(whole), first); // The same array.
    const kinds = nalUnitsOf(first!).map((nal) => ({ nal, kind: nalKind(codec, nal[0]!) }));
    const bare = kinds.filter(({ kind }) => !["vps", "sps", "pps"].includes(kind));
    const completed = sets.inFrontOf(scanned(annexB(bare.map(({ nal }) => nal))));
    assert.deepEqual(nalUnitsOf(completed), nalUnitsOf(first!));
  });

  Deno.test(`isKeyFrame tells the key frames of ${codec}`, () => {
    const units = splitAtDelimiters(codec, fixtureStream(codec));
    const keys = units.map((unit) => isKeyFrame(codec, scanned(unit)));
    assert.deepEqual(keys, units.map((_, i) => i % 6 === 0));
  });
}

Deno.test("ParameterSets completes a key frame that has only some of them", () => {
  const sets = new ParameterSets("h264");
  sets.observe(scanned(annexB([SPS, PPS, IDR])));
  const completed = sets.inFrontOf(scanned(annexB([SPS, IDR])));
  assert.deepEqual(nalUnitsOf(completed), [SPS, PPS, SPS, IDR]);
});

Deno.test("ParameterSets leaves other frames unchanged, and all frames while none are known", () => {
  const sets = new ParameterSets("h264");
  const key = annexB([IDR]);
  assert.equal(sets.inFrontOf(scanned(key)), key);
  sets.observe(scanned(annexB([SPS, PPS, IDR])));
  const slice = annexB([SLICE]);
  assert.equal(sets.inFrontOf(scanned(slice)), slice);
});

Deno.test("ParameterSets stores sets by id and reports a change", () => {
  const sets = new ParameterSets("h264");
  const other = Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0b0100_0000 | 0x19); // id 1
  const changed = Uint8Array.of(0x67, 0x42, 0xc0, 0x1f, 0xd9); // id 0, another level
  assert.equal(sets.observe(scanned(annexB([SPS, PPS]))), true);
  assert.equal(sets.observe(scanned(annexB([SPS, PPS]))), false);
  assert.equal(sets.observe(scanned(annexB([other]))), true);
  assert.deepEqual(sets.sps, [SPS, other]);
  assert.equal(sets.observe(scanned(annexB([changed]))), true);
  assert.deepEqual(sets.sps, [changed, other]);
});

Deno.test("ParameterSets.equals compares the bytes", () => {
  const [one, same] = [new ParameterSets("h264"), new ParameterSets("h264")];
  one.observe(scanned(annexB([SPS, PPS])));
  same.observe(scanned(annexB([PPS, SPS])));
  assert.ok(one.equals(same));
  same.observe(scanned(annexB([Uint8Array.of(0x67, 0x42, 0xc0, 0x1f, 0xd9)]))); // id 0, another level
  assert.ok(!one.equals(same));
});

Deno.test("ParameterSets copies the bytes", () => {
  const sets = new ParameterSets("h264");
  const data = annexB([SPS, PPS]);
  sets.observe(scanned(data));
  data.fill(0xff);
  assert.deepEqual(sets.sps, [SPS]);
});

Deno.test("ParameterSets ignores malformed and oversized sets", () => {
  const sets = new ParameterSets("h264");
  const large = new Uint8Array(20_000).fill(0xff);
  large[0] = 0x67;
  assert.equal(sets.observe(scanned(annexB([large, Uint8Array.of(0x67, 0x42)]))), false);
  assert.equal(sets.sps.length, 0);
});

Deno.test("ParameterSets accepts any bytes", () => {
  for (const codec of ["h264", "h265"] as const) {
    const types = codec === "h264" ? [0x67, 0x68] : [0x40, 0x42, 0x44];
    const nal = fc.tuple(fc.constantFrom(...types), fc.uint8Array({ maxLength: 40 }));
    fc.assert(fc.property(fc.array(nal, { maxLength: 5 }), (nals) => {
      const sets = new ParameterSets(codec);
      const units = scanned(annexB(nals.map(([type, rest]) => Uint8Array.of(type, ...rest))));
      sets.observe(units);
      sets.inFrontOf(units);
    }));
  }
});

// The same with id 1: an SPS, and a PPS that refers to it.
const SPS_1 = Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0x5b);
const PPS_1 = Uint8Array.of(0x68, 0x4b, 0x38, 0x80);
const IDR_1 = Uint8Array.of(0x65, 0x88, 0x44);

Deno.test("ParameterSets keeps only the sets that the latest key frame refers to", () => {
  const sets = new ParameterSets("h264");
  assert.ok(sets.observe(scanned(annexB([SPS, PPS, IDR]))));
  // An encoder for another picture size starts, with other parameter set ids.
  assert.ok(sets.observe(scanned(annexB([SPS_1, PPS_1, IDR_1]))));
  assert.deepEqual([sets.sps, sets.pps], [[SPS_1], [PPS_1]]);
  assert.ok(!sets.observe(scanned(annexB([SPS_1, PPS_1, IDR_1]))));
  // Some encoders send all parameter sets before the first picture; those it does not use are inactive.
  assert.ok(sets.observe(scanned(annexB([SPS, SPS_1, PPS, PPS_1, IDR]))));
  assert.deepEqual([sets.sps, sets.pps], [[SPS], [PPS]]);
  // Sent again, nothing has changed.
  assert.ok(!sets.observe(scanned(annexB([SPS, SPS_1, PPS, PPS_1, IDR]))));
});

Deno.test("ParameterSets keeps all sets if a key frame does not refer to known ones", () => {
  const sets = new ParameterSets("h264");
  sets.observe(scanned(annexB([SPS, PPS, SPS_1, PPS_1, Uint8Array.of(0x65)])));
  assert.equal(sets.sps.length, 2);
  sets.observe(scanned(annexB([Uint8Array.of(0x65, 0x88, 0x20)])));
  assert.equal(sets.sps.length, 2, "PPS 3 is unknown");
});
