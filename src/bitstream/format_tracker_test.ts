import assert from "node:assert/strict";
import { annexB, fixtureStream, nalUnitsOf, splitAtDelimiters } from "./_testing.ts";
import { FormatTracker } from "./format_tracker.ts";
import { nalKind } from "./nal_kind.ts";

for (const codec of ["h264", "h265"] as const) {
  const units = splitAtDelimiters(codec, fixtureStream(codec));

  Deno.test(`FormatTracker returns one format for a whole ${codec} stream, and a new one for a new frame rate`, () => {
    const tracker = new FormatTracker(codec);
    const formats = units.map((data, i) => tracker.take(data, i % 6 === 0, 30)?.format);
    assert.equal(new Set(formats).size, 1);
    assert.ok(formats[0]);

    // The new rate applies from the next key frame.
    assert.equal(tracker.take(units[1]!, false, 60)?.format, formats[0]);
    const faster = tracker.take(units[0]!, true, 60)?.format;
    assert.equal(faster?.frameRate, 60);
    assert.equal(faster.configurationRecord, formats[0].configurationRecord);
  });

  Deno.test(`FormatTracker completes a ${codec} key frame and indexes its NAL units`, () => {
    const tracker = new FormatTracker(codec);
    tracker.take(units[0]!, true, 30);
    const slices = nalUnitsOf(units[6]!).filter((nal) => nalKind(codec, nal[0]!) === "key-slice");
    const coded = tracker.take(annexB(slices), true, 30);
    assert.ok(coded);
    const { nalUnits, data } = coded;
    assert.equal(nalUnits.data, data);
    const kinds = Array.from({ length: nalUnits.count }, (_, i) => {
      return nalKind(codec, nalUnits.header(i));
    });
    assert.deepEqual(kinds.filter((kind) => kind === "sps" || kind === "pps"), ["sps", "pps"]);
    assert.equal(kinds.at(-1), "key-slice");
  });

  Deno.test(`FormatTracker drops ${codec} units until the parameter sets are known`, () => {
    const tracker = new FormatTracker(codec);
    assert.equal(tracker.take(units[1]!, false, 30), undefined);
    const slices = nalUnitsOf(units[0]!).filter((nal) => nalKind(codec, nal[0]!) === "key-slice");
    assert.equal(tracker.take(annexB(slices), true, 30), undefined);
    assert.ok(tracker.take(units[0]!, true, 30));
  });

  Deno.test(`FormatTracker reuses an equal ${codec} format of the previous source`, () => {
    const before = new FormatTracker(codec).take(units[0]!, true, 30)?.format;
    assert.ok(before);
    assert.equal(new FormatTracker(codec, before).take(units[0]!, true, 30)?.format, before);
    const faster = new FormatTracker(codec, before).take(units[0]!, true, 60)?.format;
    assert.equal(faster?.configurationRecord, before.configurationRecord);
    // The parameter sets of the previous source are not reused.
    const slices = nalUnitsOf(units[0]!).filter((nal) => nalKind(codec, nal[0]!) === "key-slice");
    assert.equal(new FormatTracker(codec, before).take(annexB(slices), true, 30), undefined);
  });
}

Deno.test("FormatTracker follows a picture parameter set that changes between key frames", () => {
  const [key, delta] = splitAtDelimiters("h264", fixtureStream("h264"));
  const tracker = new FormatTracker("h264");
  const before = tracker.take(key!, true, 30)?.format;
  const [pps] = before?.parameterSets.pps ?? [];
  assert.ok(pps);
  const other = pps.slice();
  other[other.length - 1]! ^= 0x10;
  const changed = tracker.take(annexB([other, ...nalUnitsOf(delta!)]), false, 30)?.format;
  assert.deepEqual(changed?.parameterSets.pps, [other]);
  assert.notEqual(changed, before);
});
