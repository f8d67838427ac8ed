import "../../ffi/_open_gstreamer.ts";
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { nalKind } from "../bitstream/nal_kind.ts";
import { EncoderBench, nextTurn, OPTIONS, SMALL, softwareCandidate } from "./_testing.ts";

/** Returns the kinds of the NAL units. */
function kinds(unit: AccessUnit): string[] {
  const { nalUnits, format } = unit;
  return Array.from(
    { length: nalUnits.count },
    (_, i) => nalKind(format.codec, nalUnits.header(i)),
  );
}

for (const codec of ["h264", "h265"] as const) {
  const options = { ...OPTIONS, codec };

  Deno.test(`ReliableEncoder encodes every ${codec} frame in order, with its number and time`, async () => {
    await using bench = new EncoderBench([softwareCandidate(codec)], options);
    await bench.encode(10);
    await bench.encoder.drain();
    assert.deepEqual(bench.units.map(({ frameCount }) => frameCount), [...Array(10).keys()]);
    assert.deepEqual(
      bench.units.map(({ ptsUs }) => ptsUs),
      [...Array(10).keys()].map((i) => i * 33_333),
    );
    assert.equal(bench.dropped, 0);
  });

  Deno.test(`ReliableEncoder gives a ${codec} key frame with parameter sets every gop frames and on request`, async () => {
    await using bench = new EncoderBench([softwareCandidate(codec)], { ...options, gop: 5 });
    await bench.encode(12);
    await bench.encoder.requestKeyFrame();
    await bench.encode(2);
    const keys = bench.units.filter(({ keyFrame }) => keyFrame);
    assert.deepEqual(keys.map(({ frameCount }) => frameCount), [0, 5, 10, 12]);
    const sets = codec === "h264" ? ["sps", "pps"] : ["vps", "sps", "pps"];
    for (const unit of keys) {
      assert.deepEqual(kinds(unit).filter((kind) => /ps$/.test(kind)), sets);
      assert.ok(kinds(unit).includes("key-slice"));
    }
    const others = bench.units.filter(({ keyFrame }) => !keyFrame);
    assert.ok(others.every((unit) => !kinds(unit).includes("key-slice")));
  });

  Deno.test(`ReliableEncoder reorders ${codec} B-frames, and drains the rest at the end`, async () => {
    await using bench = new EncoderBench(
      [softwareCandidate(codec)],
      { ...options, bFrames: 2 },
      64,
    );
    await bench.offerUntil(() => bench.frames === 20);
    await bench.encoder.drain();
    assert.equal(bench.units.length + bench.dropped, 20);
    const pts = bench.units.map(({ ptsUs }) => ptsUs);
    assert.notDeepEqual(pts, pts.toSorted((a, b) => a - b));
    for (const [index, unit] of bench.units.entries()) {
      assert.ok(unit.dtsUs <= unit.ptsUs);
      assert.ok(unit.dtsUs > (bench.units[index - 1]?.dtsUs ?? -Infinity));
    }
  });
}

Deno.test("ReliableEncoder withholds a torn frame and those that refer to it", async () => {
  await using bench = new EncoderBench([softwareCandidate("h264")]);
  await bench.encode(3);
  // Only the next one: two may come out in one turn of the event loop.
  const answers = [false];
  bench.confirm = () => answers.shift() ?? true;
  await bench.offerUntil(() => bench.units.length > 3);
  const [torn, ...others] = bench.withheld;
  assert.equal(torn, "torn");
  assert.ok(others.every((why) => why === "dropped"), `${others}`);
  // Well before the end of the GOP.
  assert.ok(bench.units[3]?.keyFrame);
  const encoded = bench.units.length + bench.withheld.length;
  assert.ok(encoded < OPTIONS.gop, `only after ${encoded} frames`);
  // One may still be in the encoder.
  await bench.encoder.drain();
  assert.equal(bench.units.length + bench.withheld.length + bench.dropped, bench.frames);
});

Deno.test("ReliableEncoder queues at most queueSize frames, and drops the oldest for a newer one", async () => {
  await using bench = new EncoderBench([{
    ...softwareCandidate("h264"),
    upload: "identity sleep-time=50000",
  }]);
  await bench.encode(1);
  // In one turn of the event loop, the encoder takes at most one of these and one is queued.
  const before = bench.frames;
  while (bench.frames < before + 10) assert.ok(bench.offer());
  assert.ok(bench.dropped >= 8, `${bench.dropped} dropped`);
  while (bench.units.at(-1)?.frameCount !== before + 9) await nextTurn();
});

Deno.test("ReliableEncoder changes the frame rate without losing a frame", async () => {
  await using bench = new EncoderBench([softwareCandidate("h264")]);
  await bench.encode(5);
  await bench.encode(5, { ...SMALL, frameRate: 120 });
  while (bench.units.at(-1)?.format.frameRate !== 120) await nextTurn();
  await bench.encode(5, { ...SMALL, frameRate: 7.5 });
  await bench.encoder.drain();
  assert.deepEqual(bench.units.map(({ frameCount }) => frameCount), [...Array(15).keys()]);
  assert.deepEqual([bench.dropped, bench.failure], [0, undefined]);
});

Deno.test("ReliableEncoder finishes the old format before a new coded sequence starts", async () => {
  await using bench = new EncoderBench([softwareCandidate("h264")]);
  await bench.encode(3);
  await bench.encode(3, { ...SMALL, width: 640, height: 480 });
  await bench.encode(1, SMALL);
  assert.deepEqual(bench.units.map(({ frameCount }) => frameCount), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(
    bench.units.filter(({ keyFrame }) => keyFrame).map(({ frameCount }) => frameCount),
    [0, 3, 6],
  );
});

Deno.test("ReliableEncoder drains the frames of one format before the next format starts", async () => {
  await using bench = new EncoderBench([softwareCandidate("h264")], { ...OPTIONS, bFrames: 2 }, 64);
  await bench.offerUntil(() => bench.frames === 12);
  await bench.offerUntil(() => bench.encoder.state.picture?.width === 640, {
    ...SMALL,
    width: 640,
  });
  assert.equal(bench.units.length + bench.dropped, 12);
});
