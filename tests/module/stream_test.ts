import "../../ffi/_open_gstreamer.ts";
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { type AccessUnit, Stream } from "@cvmmap/streamer";
import { parseRtmpUrl, RtmpSink, videoPackaging } from "../../src/rtmp/mod.ts";
import { openRtpSink } from "../../src/rtp/mod.ts";
import { Camera, RecordingSink } from "./_camera.ts";

Deno.test("a loop over access units starts the stream, gets the same units as a sink, and ends with the stream", async () => {
  await using camera = new Camera();
  await using stream = camera.stream("h265", 40);
  const sink = new RecordingSink(1);
  stream.add(sink);
  const units: AccessUnit[] = [];
  for await (const unit of stream.accessUnits()) units.push(unit);
  assert.ok(units.length >= 10);
  assert.ok(units[0]?.keyFrame);
  assert.deepEqual(
    units.map(({ frameCount }) => frameCount),
    sink.units.map((u) => u.frameCount),
  );
  assert.equal(sink.stream?.codec, "h265");
  assert.equal(sink.closed, 1);
  const { encoded, encoder, sinks, picture } = stream.statistics();
  assert.deepEqual([encoded, encoder], [units.length, "x265enc"]);
  assert.deepEqual(picture, { width: 160, height: 120 });
  assert.deepEqual(sinks.map(({ name, accessUnits }) => [name, accessUnits]), [
    ["keeper", units.length],
    ["access units", units.length],
  ]);
  assert.deepEqual(await stream.run(), { reason: "max_frames", framesIngested: 40 });
});

Deno.test("leaving a loop does not end the stream, and a new loop starts with its own key frame", async () => {
  await using camera = new Camera();
  await using stream = camera.stream();
  const running = stream.run();
  for await (const unit of stream.accessUnits()) {
    assert.ok(unit.keyFrame);
    break;
  }
  const before = stream.statistics().encoded;
  for await (const unit of stream.accessUnits()) {
    assert.ok(unit.keyFrame);
    // Without a request, the next key frame would come after 30 frames.
    assert.ok(stream.statistics().encoded - before < 20);
    break;
  }
  assert.deepEqual(stream.statistics().sinks, []);
  await stream.stop();
  assert.equal((await running).reason, "stopped");
});

Deno.test("the stream ends with its `using` block, after its sinks have received all access units", async () => {
  await using camera = new Camera();
  const sink = new RecordingSink(5);
  let running: ReturnType<Stream["run"]>;
  let stream: Stream;
  {
    await using used = camera.stream();
    stream = used;
    used.add(sink);
    running = used.run();
    await sink.enough;
  }
  assert.equal((await running).reason, "stopped");
  assert.equal(sink.units.length, stream.statistics().encoded);
  assert.equal(sink.closed, 1);
});

Deno.test("a sink that throws and one that never returns do not delay other sinks", async () => {
  await using camera = new Camera();
  await using stream = camera.stream();
  const sink = new RecordingSink(60);
  stream.add({ name: "endless", write: () => new Promise<void>(() => {}) });
  stream.add({
    name: "broken",
    write: () => {
      throw new Error("out of order");
    },
  });
  stream.add(sink);
  const running = stream.run();
  await Promise.race([sink.enough, running]);
  const [endless, broken, third] = stream.statistics().sinks;
  assert.ok(third !== undefined && third.accessUnits >= 60 && third.healthy);
  assert.deepEqual([broken?.accessUnits, broken?.healthy], [0, false]);
  assert.equal(endless?.accessUnits, 0);
  await stream.stop();
});

Deno.test("a sink that cannot be opened fails the run and the loop", async () => {
  await using camera = new Camera();
  await using stream = camera.stream();
  const sink = new RecordingSink(1);
  stream.add(sink).add({
    name: "away",
    open: () => Promise.reject(new Error("host unreachable")),
    write: () => {},
  });
  const units = stream.accessUnits();
  await assert.rejects(stream.run(), /host unreachable/);
  await assert.rejects(units.next(), /host unreachable/);
  assert.deepEqual([sink.units, sink.closed], [[], 1]);
});

Deno.test("a sink can request a key frame, read the frame rate, and end the stream with an error", async () => {
  await using camera = new Camera();
  await using stream = camera.stream();
  const sink = new RecordingSink(5);
  stream.add(sink);
  const running = stream.run();
  await Promise.race([sink.enough, running]);
  const asked = sink.units.length;
  sink.stream?.requestKeyFrame();
  for await (const unit of stream.accessUnits()) if (unit.frameCount % 2 === 0) break;
  assert.ok(sink.units.slice(asked).some(({ keyFrame }) => keyFrame));
  assert.ok((sink.units[0]?.format.frameRate ?? 0) > 0);
  sink.stream?.fail(new Error("the disk is full"));
  await assert.rejects(running, /the disk is full/);
});

Deno.test("a stream without a camera waits, and can be stopped", async () => {
  await using stream = new Stream({ source: "module-absent", codec: "h264" });
  const running = stream.run();
  await stream.listening;
  await stream.stop();
  assert.deepEqual(await running, { reason: "stopped", framesIngested: 0 });
});

Deno.test("a stream that is stopped before it has started does not start, and closes its sinks", async () => {
  const stream = new Stream({ source: "module-absent", codec: "h264" });
  const sink = new RecordingSink(1);
  stream.add(sink);
  await stream.stop();
  assert.deepEqual([sink.stream, sink.closed], [undefined, 1]);
  assert.deepEqual(await stream.run(), { reason: "stopped", framesIngested: 0 });
  assert.equal(await stream.listening, false);
  assert.deepEqual(await stream.run({ signal: AbortSignal.abort() }), {
    reason: "stopped",
    framesIngested: 0,
  });
});

Deno.test("a stream can be stopped while a sink is being opened", async () => {
  await using stream = new Stream({ source: "module-absent", codec: "h264" });
  const opening = Promise.withResolvers<void>();
  const never = new Promise<void>(() => {});
  const open = (): Promise<void> => {
    opening.resolve();
    return never;
  };
  stream.add({ name: "slow", open, write: () => {} });
  const running = stream.run();
  await opening.promise;
  const startedMs = performance.now();
  await stream.stop();
  assert.ok(performance.now() - startedMs < 10_000);
  assert.equal((await running).reason, "stopped");
});

Deno.test("a stream without encoding counts frames, and refuses sinks and loops", async () => {
  await using camera = new Camera();
  await using stream = camera.stream("h264", 20, false);
  const code = "invalid_configuration";
  assert.throws(() => stream.add(new RecordingSink(1)), { code });
  assert.throws(() => stream.accessUnits(), { code });
  assert.deepEqual(await stream.run(), { reason: "max_frames", framesIngested: 20 });
});

Deno.test("a stream accepts the sinks of the RTP and RTMP modules", async () => {
  await using stream = new Stream({ source: "module-absent", codec: "h264" });
  stream.add(await openRtpSink({ codec: "h264", endpoint: { host: "127.0.0.1", port: 9 } }));
  stream.add(
    new RtmpSink({
      url: parseRtmpUrl("rtmp://127.0.0.1:9/live/key"),
      packaging: videoPackaging("h264", "enhanced"),
      describe: () => ({ bitrateKbps: 4000, encoder: "test" }),
    }),
  );
  const names = stream.statistics().sinks.map(({ name }) => name);
  assert.deepEqual(names, ["rtp 127.0.0.1:9", "rtmp://127.0.0.1:9/live/***"]);
});

Deno.test("a loop over access units that is left before its first iteration removes its sink", async () => {
  await using stream = new Stream({ source: "absent", codec: "h264", encoder: "software" });
  const units = stream.accessUnits();
  assert.equal(stream.statistics().sinks.length, 1);
  await units.return();
  assert.equal(stream.statistics().sinks.length, 0);
  assert.equal((await units.next()).done, true);
});

Deno.test("a stream stops immediately, even while it starts with a sink that is slow to open", async () => {
  const opening = Promise.withResolvers<void>();
  class SlowSink extends RecordingSink {
    override async open(): Promise<void> {
      await opening.promise;
    }
  }
  // At different moments of the start, including before GStreamer is loaded.
  for (const afterMs of [0, 1, 5, 50]) {
    const stream = new Stream({ source: "absent", codec: "h264", encoder: "software" });
    stream.add(new SlowSink(1));
    const run = stream.run();
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    const startMs = performance.now();
    await stream.stop();
    assert.ok(performance.now() - startMs < 2000, `stopped ${afterMs} ms after its start`);
    await run;
  }
  opening.resolve();
});
