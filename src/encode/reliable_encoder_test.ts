import assert from "node:assert/strict";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import { nalKind } from "../bitstream/nal_kind.ts";
import { ENCODER_CANDIDATES, type EncoderCandidate } from "./candidates.ts";
import "../../ffi/_open_gstreamer.ts";
import "../../ffi/_open_libraries.ts";
import { EncoderBench, nextTurn, OPTIONS, SMALL } from "./_testing.ts";

function software(codec: Codec): EncoderCandidate {
  const found = ENCODER_CANDIDATES.find((it) => it.codec === codec && it.kind === "software");
  assert.ok(found);
  return found;
}

/** A hardware encoder that takes frames and gives nothing. */
const SILENT: EncoderCandidate = {
  ...software("h264"),
  kind: "nvenc",
  upload: "identity drop-probability=1",
};
/** One that GStreamer can make and that fails as soon as it is to encode. */
const FAILING: EncoderCandidate = {
  ...software("h264"),
  kind: "nvenc",
  upload: "identity error-after=2",
};
/** One that GStreamer cannot make. */
const ABSENT: EncoderCandidate = { ...SILENT, element: "nosuchencoder" as "x264enc" };

function kinds(unit: AccessUnit): string[] {
  const { nalUnits, format } = unit;
  return Array.from(
    { length: nalUnits.count },
    (_, i) => nalKind(format.codec, nalUnits.header(i)),
  );
}

for (const codec of ["h264", "h265"] as const) {
  const options = { ...OPTIONS, codec };

  Deno.test(`${codec}: every frame that goes in comes out, in order, with its number and time`, async () => {
    await using bench = new EncoderBench([software(codec)], options);
    await bench.encode(10);
    await bench.encoder.drain();
    assert.deepEqual(bench.units.map(({ frameCount }) => frameCount), [...Array(10).keys()]);
    assert.deepEqual(
      bench.units.map(({ ptsUs }) => ptsUs),
      [...Array(10).keys()].map((i) => i * 33_333),
    );
    assert.equal(bench.dropped, 0);
  });

  Deno.test(`${codec}: a key frame comes every gop frames and when it is asked for, with its parameter sets`, async () => {
    await using bench = new EncoderBench([software(codec)], { ...options, gop: 5 });
    await bench.encode(12);
    bench.encoder.requestKeyFrame();
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

  Deno.test(`${codec}: B-frames reorder presentation, and what is left comes out in the end`, async () => {
    await using bench = new EncoderBench([software(codec)], { ...options, bFrames: 2 }, 64);
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

Deno.test("a frame that turns out to be torn does not come out, nor does what refers to it", async () => {
  await using bench = new EncoderBench([software("h264")]);
  await bench.encode(3);
  // The one after these, and no other: two may come out before this test has its turn.
  const answers = [false];
  bench.confirm = () => answers.shift() ?? true;
  await bench.offerUntil(() => bench.units.length > 3);
  const [torn, ...others] = bench.withheld;
  assert.equal(torn, "torn");
  assert.ok(others.every((why) => why === "dropped"), `${others}`);
  // Long before the group of pictures would have ended.
  assert.ok(bench.units[3]?.keyFrame);
  const encoded = bench.units.length + bench.withheld.length;
  assert.ok(encoded < OPTIONS.gop, `only after ${encoded} frames`);
  // One may be in the encoder still.
  await bench.encoder.drain();
  assert.equal(bench.units.length + bench.withheld.length + bench.dropped, bench.frames);
});

Deno.test("an encoder that is silent for 60 frames and 2 s gives way to software while frames go on", async () => {
  await using bench = new EncoderBench([SILENT, software("h264")]);
  await bench.offerUntil(() => bench.frames > 0);
  const startMs = performance.now();
  await bench.offerUntil(() => bench.units.length >= 3);
  assert.ok(performance.now() - startMs >= 1990);
  const [first] = bench.units;
  assert.ok(first?.keyFrame);
  assert.ok(first.frameCount >= 60 && first.frameCount < bench.frames);
  assert.equal(bench.failure, undefined);
});

Deno.test("an encoder that fails, and one that cannot be made, give way to the next", async () => {
  for (const broken of [FAILING, ABSENT]) {
    await using bench = new EncoderBench([broken, software("h264")]);
    await bench.offerUntil(() => bench.units.length >= 5);
    assert.equal(bench.failure, undefined);
    assert.equal(bench.encoder.state.encoder, "x264enc");
  }
});

Deno.test("when no encoder is left, that is told once", async () => {
  await using bench = new EncoderBench([ABSENT]);
  await bench.offerUntil(() => bench.failure !== undefined);
  assert.equal(bench.failure?.code, "no_encoder_works");
  assert.equal(bench.offer(), false);
});

Deno.test("a software encoder that fails is started again", async () => {
  const brittle: EncoderCandidate = {
    ...FAILING,
    kind: "software",
    upload: "identity error-after=8",
  };
  await using bench = new EncoderBench([brittle]);
  await bench.offerUntil(() => bench.units.filter(({ keyFrame }) => keyFrame).length >= 3);
  assert.equal(bench.failure, undefined);
});

Deno.test("a new picture format starts a new coded sequence, and the old one is finished first", async () => {
  await using bench = new EncoderBench([software("h264")]);
  await bench.encode(3);
  await bench.encode(3, { ...SMALL, width: 640, height: 480 });
  await bench.encode(1, SMALL);
  assert.deepEqual(bench.units.map(({ frameCount }) => frameCount), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(
    bench.units.filter(({ keyFrame }) => keyFrame).map(({ frameCount }) => frameCount),
    [0, 3, 6],
  );
});

Deno.test("what an encoder still holds comes out before another format's first picture", async () => {
  await using bench = new EncoderBench([software("h264")], { ...OPTIONS, bFrames: 2 }, 64);
  await bench.offerUntil(() => bench.frames === 12);
  await bench.offerUntil(() => bench.encoder.state.picture?.width === 640, {
    ...SMALL,
    width: 640,
  });
  assert.equal(bench.units.length + bench.dropped, 12);
});

Deno.test("a busy encoder costs frames, the oldest first, and no more than the queue's size wait", async () => {
  await using bench = new EncoderBench([{
    ...software("h264"),
    upload: "identity sleep-time=50000",
  }]);
  await bench.encode(1);
  // In one turn of the event loop the encoder takes at most one of these and one waits.
  const before = bench.frames;
  while (bench.frames < before + 10) assert.ok(bench.offer());
  assert.ok(bench.dropped >= 8, `${bench.dropped} dropped`);
  while (bench.units.at(-1)?.frameCount !== before + 9) await nextTurn();
});

Deno.test("another frame rate costs no frame", async () => {
  await using bench = new EncoderBench([software("h264")]);
  await bench.encode(5);
  await bench.encode(5, { ...SMALL, frameRate: 120 });
  while (bench.units.at(-1)?.format.frameRate !== 120) await nextTurn();
  await bench.encode(5, { ...SMALL, frameRate: 7.5 });
  await bench.encoder.drain();
  assert.deepEqual(bench.units.map(({ frameCount }) => frameCount), [...Array(15).keys()]);
  assert.deepEqual([bench.dropped, bench.failure], [0, undefined]);
});

/** x265 takes no picture of fewer lines than this. */
const REFUSED = { width: 5120, height: 16, frameRate: 30 };

for (const first of ["first", "later"] as const) {
  Deno.test(`a size that the encoder refuses ${first} is left out, and the next good one is encoded`, async () => {
    await using bench = new EncoderBench([software("h265")], { ...OPTIONS, codec: "h265" });
    if (first === "later") await bench.encode(3);
    await bench.offerUntil(() => bench.encoder.acquire(REFUSED) === "never", REFUSED);
    assert.equal(bench.failure, undefined);
    const before = bench.units.length;
    await bench.offerUntil(() => bench.units.length > before + 2);
    assert.equal(bench.encoder.acquire(REFUSED), "never", "it is remembered");
    assert.equal(bench.failure, undefined);
  });
}

Deno.test("an encoder that works on nothing is no matter of the size", async () => {
  await using bench = new EncoderBench([{
    ...FAILING,
    kind: "software",
    upload: "identity error-after=1",
  }]);
  await bench.offerUntil(() => bench.failure !== undefined, { ...SMALL, width: 322 });
  assert.equal(bench.failure?.code, "no_encoder_works");
});

Deno.test("an encoder that hangs does not hold up the next", async () => {
  await using bench = new EncoderBench([{
    ...software("h264"),
    upload: "identity sleep-time=3500000",
  }]);
  await bench.offerUntil(() => bench.frames === 1);
  const startMs = performance.now();
  const other = { ...SMALL, width: 640 };
  await bench.offerUntil(() => bench.encoder.state.picture?.width === 640, other);
  assert.ok(performance.now() - startMs < 2500);
});

Deno.test("memory can be had again after each change of the encoder, and ingest is told", async () => {
  await using bench = new EncoderBench([software("h264")]);
  for (const width of [320, 640]) {
    const told = Promise.withResolvers<void>();
    bench.encoder.feed = {
      renew: () => told.resolve(),
      release: () => {},
      handOver: () => {},
      requestCoded: () => {},
      catchUp: () => {},
    };
    assert.equal(bench.encoder.acquire({ ...SMALL, width }), "later");
    await told.promise;
    const buffer = bench.encoder.acquire({ ...SMALL, width });
    assert.ok(typeof buffer !== "string");
    buffer.discard();
  }
});

Deno.test("memory of an encoder that has gone is no use to the next", async () => {
  await using bench = new EncoderBench([software("h264")]);
  await bench.encode(1);
  const late = bench.encoder.acquire(SMALL);
  assert.ok(typeof late !== "string");
  await bench.offerUntil(() => bench.encoder.state.picture?.width === 640, {
    ...SMALL,
    width: 640,
  });
  const before = bench.dropped;
  const confirm = (): boolean => true;
  bench.encoder.deliver({ buffer: late, frameCount: 99, ptsUs: 9e6, captureUnixUs: 0, confirm });
  assert.equal(bench.dropped, before + 1);
  await bench.offerUntil(() => bench.units.some(({ frameCount }) => frameCount > 1), {
    ...SMALL,
    width: 640,
  });
});

Deno.test("a frame that was handed over to an encoder that has gone counts as dropped", async () => {
  await using bench = new EncoderBench([software("h264")]);
  const asked: string[] = [];
  bench.encoder.feed = {
    renew: () => asked.push("renew"),
    release: () => asked.push("release"),
    handOver: (source) => asked.push(source === null ? "keep" : "hand over"),
    requestCoded: () => {},
    catchUp: () => {},
  };
  await bench.encode(2);
  await bench.offerUntil(() => asked.includes("hand over"));
  const buffer = bench.encoder.acquire(SMALL);
  assert.ok(typeof buffer !== "string");
  asked.length = 0;
  await bench.offerUntil(() => bench.encoder.state.picture?.width === 640, {
    ...SMALL,
    width: 640,
  });
  assert.ok(asked.includes("release"), "no memory of the old one is written to");
  const before = bench.dropped;
  // As if it had been pushed: the source owns it.
  buffer.discard();
  bench.encoder.deliver({
    buffer,
    frameCount: 99,
    ptsUs: 9e6,
    captureUnixUs: 0,
    handedOver: true,
    confirm: () => true,
  });
  assert.equal(bench.dropped, before + 1);
});

/** One whose parameter sets are beside the stream, as some hardware has them. */
const HEADLESS: EncoderCandidate = {
  ...software("h264"),
  kind: "nvenc",
  outputCaps: "profile=constrained-baseline ! h264parse ! video/x-h264,stream-format=avc ! " +
    "capssetter caps=video/x-h264,stream-format=byte-stream replace=false",
};

Deno.test("an encoder whose parameter sets are missing gives way to the next", async () => {
  await using bench = new EncoderBench([HEADLESS, software("h264")]);
  await bench.offerUntil(() => bench.units.length > 0);
  assert.ok(bench.units[0]?.keyFrame);
});

Deno.test("an encoder that follows another keeps the format, where it is the same", async () => {
  const brittle: EncoderCandidate = {
    ...software("h264"),
    kind: "nvenc",
    upload: "identity error-after=8",
  };
  await using bench = new EncoderBench([brittle, software("h264")]);
  await bench.offerUntil(() => bench.units.filter(({ keyFrame }) => keyFrame).length > 1);
  const [first, second] = bench.units.filter(({ keyFrame }) => keyFrame);
  assert.equal(first?.format, second?.format);
});
