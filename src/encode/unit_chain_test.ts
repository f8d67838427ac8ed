import assert from "node:assert/strict";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { annexB, fixtureStream, nalUnitsOf, splitAtDelimiters } from "../bitstream/_testing.ts";
import { nalKind } from "../bitstream/nal_kind.ts";
import type { CodedFrame } from "../ingest/coded_frame.ts";
import { type ChainProblem, UnitChain } from "./unit_chain.ts";

/** GOP length of the fixtures. */
const GOP = 6;

function frame(frameCount: number, data: Uint8Array, isFlaggedKey: boolean): CodedFrame {
  const ptsUs = frameCount * 33_333;
  return { data, isFlaggedKey, frameRate: 30, frameCount, ptsUs, captureUnixUs: 7 };
}

/** Returns `unit`, `key`, `broken`, `orphan` or the reason. */
function outcome(taken: AccessUnit | ChainProblem): string {
  if ("data" in taken) return taken.keyFrame ? "key" : "unit";
  return taken.kind === "unusable" ? taken.reason : taken.kind;
}

for (const codec of ["h264", "h265"] as const) {
  const units = splitAtDelimiters(codec, fixtureStream(codec));
  const [key = new Uint8Array(), delta = new Uint8Array()] = units;
  const take = (chain: UnitChain, index: number, isFlaggedKey = index % GOP === 0): string =>
    outcome(chain.take(frame(index, units[index]!, isFlaggedKey)));

  Deno.test(`UnitChain of ${codec} begins with a key frame, and returns each access unit unchanged`, () => {
    const chain = new UnitChain(codec);
    assert.equal(take(chain, 1), "broken");
    for (let index = GOP; index < 2 * GOP; index++) {
      const taken = chain.take(frame(index, units[index]!, index === GOP));
      assert.ok("data" in taken);
      assert.equal(taken.data, units[index]);
      const { keyFrame, ptsUs, dtsUs, captureUnixUs, frameCount, format } = taken;
      assert.deepEqual(
        { keyFrame, ptsUs, dtsUs, captureUnixUs, frameCount },
        {
          keyFrame: index === GOP,
          ptsUs: index * 33_333,
          dtsUs: index * 33_333,
          captureUnixUs: 7,
          frameCount: index,
        },
      );
      assert.equal(format, chain.format);
      assert.deepEqual([format.width, format.height, format.frameRate], [320, 180, 30]);
    }
  });

  Deno.test(`UnitChain of ${codec} is broken by a lost access unit until the next key frame`, () => {
    const gaps: Record<string, (chain: UnitChain) => string> = {
      "a skipped frame number": (chain) => take(chain, 3),
      "a reported loss": (chain) => {
        chain.break();
        return take(chain, 2);
      },
      "a repeated frame number": (chain) => take(chain, 1),
      "a frame number that goes backwards": (chain) => outcome(chain.take(frame(0, delta, false))),
    };
    for (const [what, gap] of Object.entries(gaps)) {
      const chain = new UnitChain(codec);
      assert.deepEqual([take(chain, 0), take(chain, 1)], ["key", "unit"]);
      assert.equal(gap(chain), "broken", what);
      assert.deepEqual([take(chain, 5), take(chain, 6), take(chain, 7)], ["broken", "key", "unit"]);
    }
  });

  Deno.test(`UnitChain of ${codec} continues when the frame number wraps`, () => {
    const chain = new UnitChain(codec);
    assert.equal(outcome(chain.take(frame(2 ** 32 - 1, key, true))), "key");
    assert.equal(outcome(chain.take(frame(0, delta, false))), "unit");
  });

  Deno.test(`UnitChain of ${codec} begins only with a flagged picture at which decoding can start`, () => {
    const chain = new UnitChain(codec);
    assert.equal(take(chain, 1, true), "broken", "a flagged delta frame");
    assert.equal(take(chain, 0, false), "broken", "a key frame without the flag");
    assert.equal(take(chain, GOP, true), "key");
    // Within a chain neither matters.
    assert.equal(take(chain, GOP + 1, true), "unit");
  });

  Deno.test(`UnitChain of ${codec} reports an undecodable access unit differently from a lost one`, () => {
    const withoutSets = annexB(
      nalUnitsOf(key).filter((nal) => !["vps", "sps", "pps"].includes(nalKind(codec, nal[0]!))),
    );
    const garbledSets = annexB(
      nalUnitsOf(key).map((nal) => nalKind(codec, nal[0]!) === "sps" ? nal.subarray(0, 3) : nal),
    );
    const sets = "a key frame has no parameter sets that can be read";
    const picture = "an access unit has no picture in it";
    const cases: [string, Uint8Array, string][] = [
      ["no parameter sets", withoutSets, sets],
      ["parameter sets that cannot be read", garbledSets, sets],
      ["no bytes", new Uint8Array(), picture],
      ["no start code", new Uint8Array(100).fill(0xff), picture],
      ["zeros", new Uint8Array(100), picture],
      ["a delimiter alone", annexB(nalUnitsOf(key).slice(0, 1)), picture],
    ];
    for (const [what, data, reason] of cases) {
      const chain = new UnitChain(codec);
      assert.equal(take(chain, 0), "key");
      // Even though the chain had parameter sets before: by contract, each key frame has its own.
      assert.equal(outcome(chain.take(frame(1, data, true))), reason, what);
      assert.equal(take(chain, 2), "broken", what);
    }
  });

  Deno.test(`UnitChain of ${codec} accepts short start codes, trailing zeros, SEI and several slices`, () => {
    const threeByteCodes = (data: Uint8Array): Uint8Array =>
      Uint8Array.from(nalUnitsOf(data).flatMap((nal) => [0, 0, 1, ...nal]));
    const sei = codec === "h264" ? [6, 5, 1, 0, 0x80] : [0x4e, 1, 5, 1, 0, 0x80];
    const variants: Record<string, (data: Uint8Array) => Uint8Array> = {
      "start codes of three bytes": threeByteCodes,
      "zeros at the end": (data) => Uint8Array.from([...data, 0, 0, 0, 0]),
      "a zero in front": (data) => Uint8Array.from([0, ...data]),
      "SEI at the end": (data) => Uint8Array.from([...data, 0, 0, 1, ...sei]),
      "no delimiter": (data) => annexB(nalUnitsOf(data).slice(1)),
      "the picture's slices twice": (data) =>
        annexB([...nalUnitsOf(data), ...nalUnitsOf(data).slice(-1)]),
    };
    for (const [what, write] of Object.entries(variants)) {
      const chain = new UnitChain(codec);
      for (let index = 0; index < GOP; index++) {
        const data = write(units[index]!);
        const taken = chain.take(frame(index, data, index === 0));
        assert.ok("data" in taken, what);
        assert.equal(taken.data, data, what);
      }
    }
  });
}

Deno.test("UnitChain of h265 withholds RASL pictures of the key frame that began the chain", () => {
  const units = splitAtDelimiters("h265", fixtureStream("h265"));
  const ofType = (index: number, from: string, type: number): Uint8Array =>
    annexB(
      nalUnitsOf(units[index]!).map((nal) => {
        if (nalKind("h265", nal[0]!) === from) nal[0] = type << 1;
        return nal;
      }),
    );
  const cra = ofType(0, "key-slice", 21);
  const rasl = ofType(1, "slice", 9);
  const radl = ofType(1, "slice", 7);
  const chain = new UnitChain("h265");
  const outcomes = [cra, rasl, rasl, units[1]!, cra, rasl, rasl, units[1]!].map((data, i) =>
    outcome(chain.take(frame(i, data, data === cra)))
  );
  // They can be decoded if the chain was not broken before.
  assert.deepEqual(outcomes, ["key", "orphan", "orphan", "unit", "key", "unit", "unit", "unit"]);
  const other = new UnitChain("h265");
  assert.equal(outcome(other.take(frame(0, cra, true))), "key");
  assert.equal(outcome(other.take(frame(1, radl, false))), "unit", "RADL refers to the key frame");
  assert.equal(
    outcome(other.take(frame(2, rasl, false))),
    "orphan",
    "RADL and RASL pictures may be interleaved",
  );
});

Deno.test("UnitChain keeps the stream's format object if its own format is equal", () => {
  const units = splitAtDelimiters("h264", fixtureStream("h264"));
  const first = new UnitChain("h264").take(frame(0, units[0]!, true));
  assert.ok("data" in first);
  const again = new UnitChain("h264").take(frame(0, units[0]!, true), first.format);
  assert.ok("data" in again);
  assert.equal(again.format, first.format);
});
