import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import {
  emptyFrame,
  frame,
  GOP,
  largeFrame,
  mediaKinds,
  mediaOf,
  otherFrame,
  SinkBench,
  urlOf,
} from "./_sink_testing.ts";
import { TestServer } from "./_test_server.ts";

Deno.test("RtmpSink starts with metadata, a sequence header and a key frame that it requested", async () => {
  await using server = new TestServer();
  await using bench = new SinkBench(urlOf(server));
  bench.worker.write(frame(0));
  await bench.waitFor("publishing");
  await server.until(() => server.names.includes("publish"));
  assert.equal(bench.keyFrameRequests, 0);
  // The key frame before the session is dropped, and so are the frames that refer to it.
  for (let i = 1; i < GOP + 3; i++) bench.worker.write(frame(i));
  assert.equal(bench.keyFrameRequests, 1);
  await server.until(() => mediaOf(server).length === 5);
  const expected = ["data", "sequence-header", "key-frame", "frame", "frame"];
  assert.deepEqual(mediaKinds(server), expected);
  assert.deepEqual(mediaOf(server).map(({ timestampMs }) => timestampMs), [0, 0, 0, 40, 80]);
  const { accessUnits, dropped, packets, healthy } = bench.worker.statistics();
  assert.deepEqual([accessUnits, dropped, packets, bench.sink.statistics().sessions], [
    3,
    GOP,
    5,
    1,
  ]);
  assert.ok(healthy);
  assert.ok(!bench.sink.name.includes("s3cret"));

  await bench[Symbol.asyncDispose]();
  await server.until(() => server.names.includes("deleteStream"));
  assert.deepEqual(mediaKinds(server).slice(5), ["sequence-end"]);
  assert.deepEqual(bench.kinds, ["publishing"]);
});

Deno.test("RtmpSink sends metadata and a sequence header again when the parameter sets change", async () => {
  await using server = new TestServer();
  await using bench = new SinkBench(urlOf(server));
  await bench.waitFor("publishing");
  for (const unit of [frame(0), frame(1), otherFrame(GOP), frame(2 * GOP), frame(3 * GOP)]) {
    bench.worker.write(unit);
  }
  await server.until(() => mediaOf(server).length === 11);
  const head = ["data", "sequence-header", "key-frame"];
  assert.deepEqual(mediaKinds(server), [...head, "frame", ...head, ...head, "key-frame"]);
  const headers = mediaOf(server).filter((_, i) => [1, 5, 8].includes(i));
  assert.deepEqual(headers[0]?.payload, headers[2]?.payload);
  assert.notDeepEqual(headers[0]?.payload, headers[1]?.payload);
});

Deno.test("RtmpSink counts access units that cannot be packaged and continues with the next key frame", async () => {
  await using server = new TestServer();
  await using bench = new SinkBench(urlOf(server));
  await bench.waitFor("publishing");
  bench.worker.write(frame(0));
  await server.until(() => mediaOf(server).length === 3);
  bench.worker.write(emptyFrame(1));
  bench.worker.write(frame(2));
  bench.worker.write(frame(GOP));
  await server.until(() => mediaOf(server).length === 4);
  assert.deepEqual(mediaKinds(server).slice(2), ["key-frame", "key-frame"]);
  const { accessUnits, dropped } = bench.worker.statistics();
  assert.deepEqual([accessUnits, dropped], [2, 2]);
});

/** A few of these exceed what the kernel buffers for a server that does not read. */
const LARGE_BYTES = 500_000;

/** Writes large frames until the worker reports that the server does not keep up. */
async function stall(bench: SinkBench): Promise<number> {
  let written = 0;
  for (; written === 0 || bench.worker.statistics().healthy; written++) {
    bench.worker.write(largeFrame(written, LARGE_BYTES));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return written;
}

Deno.test({
  name: "RtmpSink closes in time while the server reads nothing, without leaks",
  sanitizeOps: true,
  sanitizeResources: true,
  fn: async () => {
    const reading = Promise.withResolvers<void>();
    let publishing = false;
    await using server = new TestServer({
      beforeRead: () => publishing ? reading.promise : undefined,
    });
    const limits = { maxQueueBytes: 4 << 20, flushMs: 200 };
    const bench = new SinkBench(urlOf(server), { maxQueueMs: 50, limits });
    await bench.waitFor("publishing");
    publishing = true;
    const written = await stall(bench);
    assert.ok(!bench.worker.statistics().healthy);
    for (let i = written; i < written + 30; i++) {
      bench.worker.write(largeFrame(i, LARGE_BYTES));
      // One may be in the connection already.
      const maxBytes = limits.maxQueueBytes + 2 * LARGE_BYTES;
      assert.ok(bench.worker.statistics().waitingBytes! < maxBytes);
    }
    const startedMs = performance.now();
    await bench[Symbol.asyncDispose]();
    const tookMs = performance.now() - startedMs;
    // One second for the queue, plus the limits of the sink itself.
    assert.ok(tookMs < 1900, `${tookMs} ms`);
    assert.equal(bench.worker.statistics().waitingBytes!, 0);
    bench.worker.write(frame(0));
    reading.resolve();
  },
});

Deno.test("RtmpSink closes a connection that makes no progress for too long", async () => {
  const reading = Promise.withResolvers<void>();
  let publishing = false;
  await using server = new TestServer({
    beforeRead: () => publishing ? reading.promise : undefined,
  });
  await using bench = new SinkBench(urlOf(server), { maxQueueMs: 50, limits: { stallMs: 300 } });
  await bench.waitFor("publishing");
  publishing = true;
  await stall(bench);
  await bench.waitFor("lost");
  assert.match(JSON.stringify(bench.changes), /has accepted no data for 0 s/);
  reading.resolve();
});
