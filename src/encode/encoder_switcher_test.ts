import "../../ffi/_open_gstreamer.ts";
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { EncoderBench, OPTIONS, SMALL, softwareCandidate } from "./_testing.ts";
import type { EncoderCandidate } from "./candidates.ts";

/** A hardware encoder that accepts frames and gives no access unit. */
const STALLED: EncoderCandidate = {
  ...softwareCandidate("h264"),
  kind: "nvenc",
  upload: "identity drop-probability=1",
};
/** A hardware encoder that fails at its first frames. */
const FAILING: EncoderCandidate = {
  ...softwareCandidate("h264"),
  kind: "nvenc",
  upload: "identity error-after=2",
};
/** An element that GStreamer does not have. */
const ABSENT: EncoderCandidate = { ...STALLED, element: "nosuchencoder" as "x264enc" };
/** Delivers its parameter sets outside the stream, like some hardware encoders. */
const HEADLESS: EncoderCandidate = {
  ...softwareCandidate("h264"),
  kind: "nvenc",
  outputCaps: "profile=constrained-baseline ! h264parse ! video/x-h264,stream-format=avc ! " +
    "capssetter caps=video/x-h264,stream-format=byte-stream replace=false",
};

/** x265 refuses pictures this low. */
const REFUSED = { width: 5120, height: 16, frameRate: 30 };

Deno.test("ReliableEncoder replaces a hardware encoder that stalls for 60 frames and 2 s by software", async () => {
  await using bench = new EncoderBench([STALLED, softwareCandidate("h264")]);
  await bench.offerUntil(() => bench.frames > 0);
  const startMs = performance.now();
  await bench.offerUntil(() => bench.units.length >= 3);
  assert.ok(performance.now() - startMs >= 1990);
  const [first] = bench.units;
  assert.ok(first?.keyFrame);
  assert.ok(first.frameCount >= 60 && first.frameCount < bench.frames);
  assert.equal(bench.failure, undefined);
});

Deno.test("ReliableEncoder replaces an encoder that fails, and one that cannot be created, by the next", async () => {
  for (const broken of [FAILING, ABSENT]) {
    await using bench = new EncoderBench([broken, softwareCandidate("h264")]);
    await bench.offerUntil(() => bench.units.length >= 5);
    assert.equal(bench.failure, undefined);
    assert.equal(bench.encoder.state.encoder, "x264enc");
  }
});

Deno.test("ReliableEncoder reports that no encoder is left, and offers no more memory", async () => {
  await using bench = new EncoderBench([ABSENT]);
  await bench.offerUntil(() => bench.failure !== undefined);
  assert.equal(bench.failure?.code, "no_encoder_works");
  assert.equal(bench.offer(), false);
});

Deno.test("ReliableEncoder restarts a software encoder that fails", async () => {
  const brittle: EncoderCandidate = {
    ...FAILING,
    kind: "software",
    upload: "identity error-after=8",
  };
  await using bench = new EncoderBench([brittle]);
  await bench.offerUntil(() => bench.units.filter(({ keyFrame }) => keyFrame).length >= 3);
  assert.equal(bench.failure, undefined);
});

for (const when of ["at first", "later"] as const) {
  Deno.test(`ReliableEncoder skips a size that the encoder refuses ${when}, and encodes the next supported one`, async () => {
    await using bench = new EncoderBench([softwareCandidate("h265")], {
      ...OPTIONS,
      codec: "h265",
    });
    if (when === "later") await bench.encode(3);
    await bench.offerUntil(() => bench.encoder.acquire(REFUSED) === "never", REFUSED);
    assert.equal(bench.failure, undefined);
    const before = bench.units.length;
    await bench.offerUntil(() => bench.units.length > before + 2);
    assert.equal(bench.encoder.acquire(REFUSED), "never", "the refusal is remembered");
    assert.equal(bench.failure, undefined);
  });
}

Deno.test("ReliableEncoder does not blame the size if the encoder works on none", async () => {
  await using bench = new EncoderBench([{
    ...FAILING,
    kind: "software",
    upload: "identity error-after=1",
  }]);
  await bench.offerUntil(() => bench.failure !== undefined, { ...SMALL, width: 322 });
  assert.equal(bench.failure?.code, "no_encoder_works");
});

Deno.test("ReliableEncoder starts the next encoder while the last one hangs", async () => {
  await using bench = new EncoderBench([{
    ...softwareCandidate("h264"),
    upload: "identity sleep-time=3500000",
  }]);
  await bench.offerUntil(() => bench.frames === 1);
  const startMs = performance.now();
  const other = { ...SMALL, width: 640 };
  await bench.offerUntil(() => bench.encoder.state.picture?.width === 640, other);
  assert.ok(performance.now() - startMs < 2500);
});

Deno.test("ReliableEncoder tells ingest after each replacement that memory is available", async () => {
  await using bench = new EncoderBench([softwareCandidate("h264")]);
  for (const width of [320, 640]) {
    const renewed = Promise.withResolvers<void>();
    bench.encoder.feed = {
      renew: () => renewed.resolve(),
      release: () => {},
      handOver: () => {},
      requestCoded: () => {},
      catchUp: () => {},
    };
    assert.equal(bench.encoder.acquire({ ...SMALL, width }), "later");
    await renewed.promise;
    const buffer = bench.encoder.acquire({ ...SMALL, width });
    assert.ok(typeof buffer !== "string");
    buffer.discard();
  }
});

Deno.test("ReliableEncoder drops a frame in memory of a replaced encoder", async () => {
  await using bench = new EncoderBench([softwareCandidate("h264")]);
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

Deno.test("ReliableEncoder counts a frame handed over to a replaced encoder as dropped", async () => {
  await using bench = new EncoderBench([softwareCandidate("h264")]);
  const requests: string[] = [];
  bench.encoder.feed = {
    renew: () => requests.push("renew"),
    release: () => requests.push("release"),
    handOver: (source) => requests.push(source === null ? "cancel" : "hand over"),
    requestCoded: () => {},
    catchUp: () => {},
  };
  await bench.encode(2);
  await bench.offerUntil(() => requests.includes("hand over"));
  const buffer = bench.encoder.acquire(SMALL);
  assert.ok(typeof buffer !== "string");
  requests.length = 0;
  await bench.offerUntil(() => bench.encoder.state.picture?.width === 640, {
    ...SMALL,
    width: 640,
  });
  assert.ok(requests.includes("release"), "the old encoder's memory is withdrawn");
  const before = bench.dropped;
  // The source owns a frame that was handed over.
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

Deno.test("ReliableEncoder replaces an encoder whose parameter sets are missing by the next", async () => {
  await using bench = new EncoderBench([HEADLESS, softwareCandidate("h264")]);
  await bench.offerUntil(() => bench.units.length > 0);
  assert.ok(bench.units[0]?.keyFrame);
});

Deno.test("ReliableEncoder keeps the format object if the next encoder has an equal one", async () => {
  const brittle: EncoderCandidate = {
    ...softwareCandidate("h264"),
    kind: "nvenc",
    upload: "identity error-after=8",
  };
  await using bench = new EncoderBench([brittle, softwareCandidate("h264")]);
  await bench.offerUntil(() => bench.units.filter(({ keyFrame }) => keyFrame).length > 1);
  const [first, second] = bench.units.filter(({ keyFrame }) => keyFrame);
  assert.equal(first?.format, second?.format);
});
