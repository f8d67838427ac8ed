import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { fixtureStream, splitAtDelimiters } from "../bitstream/_testing.ts";
import { NalUnits } from "../bitstream/nal_units.ts";
import type { Frame } from "../ingest/picture.ts";
import { GOP, PassthroughBench } from "./_passthrough_testing.ts";
import { nextTurn, OPTIONS } from "./_testing.ts";
import type { EncoderBuffer } from "./encoder.ts";

Deno.test("Passthrough drains the encoder before it passes on the access units held back, in order", async () => {
  const bench = new PassthroughBench();
  bench.deliver(GOP);
  bench.missing(3);
  assert.deepEqual([bench.encoder, bench.withPictures], ["x264enc", true]);
  bench.encode(true, 6);
  bench.frameCount = 2 * GOP;
  bench.deliver(2);
  assert.equal(bench.withPictures, false);
  bench.encode(false, 7);
  // A frame whose own access unit is passed on, and one that refers to it.
  bench.encode(false, 12);
  bench.encode(false, 11);
  bench.deliver(1);
  assert.deepEqual(bench.numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
  bench.rest.resolve();
  await bench.passthrough.drain();
  assert.deepEqual(bench.numbers.slice(8), [12, 13, 14]);
  bench.deliver(1);
  assert.deepEqual([bench.numbers.at(-1), bench.encoder, bench.rested], [15, "passthrough", 1]);
});

Deno.test("Passthrough returns at once if the encoder gave no access unit", async () => {
  const bench = new PassthroughBench();
  bench.deliver(GOP);
  bench.missing(6);
  bench.deliver(3);
  assert.deepEqual(bench.numbers.slice(GOP), [12, 13, 14]);
  assert.equal(bench.encoder, "passthrough");
  // The output of an encoder that started too late is discarded.
  bench.encode(true, 7);
  assert.equal(bench.numbers.at(-1), 14);
  bench.rest.resolve();
  await nextTurn();
  assert.equal(bench.rested, 1);
});

Deno.test("Passthrough waits at most a second for the encoder to drain", async () => {
  const bench = new PassthroughBench();
  bench.deliver(GOP);
  bench.missing(1);
  bench.encode(true);
  bench.frameCount = 2 * GOP;
  bench.deliver(2);
  const startMs = performance.now();
  await bench.passthrough.drain();
  assert.ok(performance.now() - startMs < 2000);
  assert.deepEqual(bench.numbers.slice(-2), [12, 13]);
});

Deno.test("Passthrough without an encoder keeps passing on, despite key frame requests and bit rate limits", () => {
  const bench = new PassthroughBench();
  bench.canEncode = false;
  bench.deliver(2);
  bench.passthrough.requestKeyFrame();
  bench.passthrough.setBitrate(100);
  // Longer than the wait for a key frame.
  for (let i = 0; i < 4; i++) bench.deliver(GOP);
  assert.equal(bench.units.length, 2 + 4 * GOP);
  bench.missing(20);
  assert.equal(bench.encoder, "passthrough");
  bench.frameCount = 10 * GOP;
  bench.deliver(GOP);
  assert.equal(bench.units.length, 2 + 5 * GOP);
});

Deno.test("Passthrough survives the last encoder if access units were passed on or passthrough was requested", () => {
  const auto = new PassthroughBench({ encoder: "auto" });
  auto.missing(1);
  auto.fail();
  assert.equal(auto.failure?.code, "no_encoder_works");

  for (const options of [{ encoder: "auto" }, { encoder: "passthrough" }] as const) {
    const bench = new PassthroughBench(options);
    bench.deliver(GOP);
    bench.missing(1);
    assert.equal(bench.encoder, "x264enc");
    bench.canEncode = false;
    bench.fail();
    bench.frameCount = 2 * GOP;
    bench.deliver(2);
    assert.deepEqual([bench.failure, bench.numbers.slice(-2)], [undefined, [12, 13]]);
  }
});

Deno.test("Passthrough encodes while an output takes less than the requested bit rate", async () => {
  const bench = new PassthroughBench();
  bench.deliver(GOP);
  bench.passthrough.setBitrate(500);
  assert.deepEqual([bench.encoder, bench.bitrateKbps], ["x264enc", 500]);
  bench.encode(true);
  bench.deliver(GOP);
  assert.equal(bench.encoder, "x264enc", "a key frame does not end encoding");
  bench.passthrough.setBitrate(OPTIONS.bitrateKbps);
  bench.deliver(1);
  // While the encoder is being drained.
  bench.passthrough.setBitrate(500);
  bench.rest.resolve();
  await bench.passthrough.drain();
  await nextTurn();
  assert.equal(bench.encoder, "x264enc");
});

Deno.test("Passthrough exceeds the bit rate of an output if pictures cannot be encoded", () => {
  const bench = new PassthroughBench();
  bench.deliver(GOP);
  bench.passthrough.setBitrate(500);
  bench.deliver(GOP);
  assert.equal(bench.units.length, GOP, "the encoder still has time");
  bench.nowMs += 2000;
  bench.deliver(GOP);
  assert.deepEqual([bench.units.length, bench.encoder], [2 * GOP, "passthrough"]);
  bench.passthrough.setBitrate(300);
  bench.deliver(GOP);
  assert.equal(bench.units.length, 3 * GOP);
});

Deno.test("Passthrough encodes again if a frame without an access unit arrives during the return", async () => {
  const bench = new PassthroughBench();
  bench.deliver(GOP);
  bench.missing(1);
  bench.encode(true);
  bench.frameCount = 2 * GOP;
  bench.deliver(2);
  bench.missing(1);
  bench.rest.resolve();
  await bench.passthrough.drain();
  assert.deepEqual([bench.numbers.slice(-2), bench.encoder], [[12, 13], "x264enc"]);
});

Deno.test("Passthrough discards an encoder's output from before the last return", () => {
  const bench = new PassthroughBench();
  bench.deliver(GOP);
  bench.missing(2);
  bench.frameCount = 2 * GOP;
  bench.deliver(5);
  bench.missing(1);
  bench.encode(true, 7);
  assert.equal(bench.numbers.at(-1), 16);
  bench.encode(true, 17);
  assert.equal(bench.numbers.at(-1), 17);
});

Deno.test("Passthrough continues if the encoder fails after the return", () => {
  const bench = new PassthroughBench();
  bench.deliver(GOP);
  bench.missing(1);
  bench.frameCount = 2 * GOP;
  bench.deliver(2);
  bench.canEncode = false;
  bench.fail();
  bench.deliver(2);
  assert.deepEqual(bench.numbers.slice(-4), [12, 13, 14, 15]);
});

Deno.test("Passthrough delays its return to a producer whose access units come and go", () => {
  const bench = new PassthroughBench();
  bench.deliver(GOP);
  let returns = 0;
  for (let i = 0; i < 10; i++) {
    bench.missing(GOP - 1);
    bench.frameCount = Math.ceil(bench.frameCount / GOP) * GOP;
    bench.deliver(1);
    if (bench.encoder === "passthrough") returns++;
  }
  // Only the first return has no delay.
  assert.equal(returns, 1);
});

Deno.test("Passthrough needs no key frame after a skipped leading picture", () => {
  const units = splitAtDelimiters("h265", fixtureStream("h265"));
  const bench = new PassthroughBench({ codec: "h265" });
  const withType = (data: Uint8Array, header: number): Uint8Array => {
    const copy = data.slice();
    const nalUnits = new NalUnits();
    nalUnits.scan(copy);
    copy[nalUnits.start(nalUnits.count - 1)] = header << 1;
    return copy;
  };
  const rasl = withType(units[1]!, 9);
  const deliver = (data: Uint8Array, isFlaggedKey: boolean): void => {
    const frameCount = bench.frameCount++;
    const times = { frameCount, ptsUs: 33_333 * frameCount, captureUnixUs: 0 };
    bench.passthrough.coded.deliver({ data, isFlaggedKey, frameRate: 30, ...times });
  };
  deliver(withType(units[0]!, 21), true);
  deliver(rasl, false);
  for (let i = 0; i < 30; i++) deliver(units[1]!, false);
  assert.deepEqual([bench.units.length, bench.withheld, bench.encoder], [31, 1, "passthrough"]);
});

Deno.test("Passthrough counts a discarded picture as dropped, unless its access unit was passed on", () => {
  const bench = new PassthroughBench();
  bench.deliver(1);
  let discarded = 0;
  const frame = (ptsUs: number): Frame<EncoderBuffer> => ({
    frameCount: 0,
    ptsUs,
    captureUnixUs: 0,
    confirm: () => true,
    buffer: { discard: () => discarded++ } as unknown as EncoderBuffer,
  });
  bench.passthrough.deliver(frame(0));
  assert.deepEqual([discarded, bench.withheld], [1, 0]);
  bench.passthrough.deliver(frame(33_333));
  assert.deepEqual([discarded, bench.withheld], [2, 1]);
});
