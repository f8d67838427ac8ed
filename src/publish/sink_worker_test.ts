import assert from "node:assert/strict";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { CONTEXT, CountingSink, nextTurn, unit } from "./_testing.ts";
import { KEEP_QUEUE, LIVE_QUEUE } from "./queue_policy.ts";
import type { Sink } from "./sink.ts";
import { SinkWorker } from "./sink_worker.ts";

/** A sink whose write ends when `finish` is called. */
function slowSink(): { readonly sink: CountingSink; readonly finish: () => Promise<void> } {
  let done: PromiseWithResolvers<void> | undefined;
  const sink = new CountingSink("slow", () => {
    done = Promise.withResolvers<void>();
    return done.promise;
  });
  const finish = async (): Promise<void> => {
    done?.resolve();
    await nextTurn();
  };
  return { sink, finish };
}

Deno.test("SinkWorker starts with a key frame, and requests one from a running stream", () => {
  const sink = new CountingSink("late");
  let requests = 0;
  const worker = new SinkWorker(sink, () => requests++);
  for (const number of [4, 5]) worker.write(unit(number, "delta"));
  assert.deepEqual([sink.frames, requests], [[], 1]);
  worker.write(unit(6, "key"));
  worker.write(unit(7, "delta"));
  assert.deepEqual(sink.frames, [6, 7]);
  assert.equal(worker.statistics().dropped, 0);
});

Deno.test("SinkWorker writes one access unit at a time to an asynchronous sink", async () => {
  const { sink, finish } = slowSink();
  const worker = new SinkWorker(sink, () => {});
  worker.write(unit(0, "key"));
  for (const number of [1, 2]) worker.write(unit(number, "delta"));
  assert.deepEqual(sink.frames, [0]);
  await finish();
  assert.deepEqual(sink.frames, [0, 1]);
  await finish();
  await finish();
  assert.deepEqual(sink.frames, [0, 1, 2]);
  assert.deepEqual([worker.statistics().accessUnits, worker.statistics().dropped], [3, 0]);
});

Deno.test("SinkWorker drops access units that wait too long, and requests a key frame when the sink is free", async () => {
  const { sink, finish } = slowSink();
  let requests = 0;
  const worker = new SinkWorker(sink, () => requests++);
  // A fake clock, so that the test does not have to wait.
  const { now } = performance;
  let nowMs = now.call(performance);
  performance.now = () => nowMs;
  try {
    worker.write(unit(0, "key"));
    worker.write(unit(1, "delta"));
    nowMs += 1001;
    worker.write(unit(2, "delta"));
    assert.deepEqual([worker.statistics().dropped, worker.statistics().healthy, requests], [
      2,
      false,
      0,
    ]);
    await finish();
    assert.equal(requests, 1);
    worker.write(unit(3, "delta"));
    assert.equal(requests, 1, "at most one request a second");
    worker.write(unit(4, "key"));
  } finally {
    performance.now = now;
  }
  assert.deepEqual(sink.frames, [0, 4]);
  // It is healthy again only after a time without drops.
  assert.deepEqual([worker.statistics().dropped, worker.statistics().healthy], [3, false]);
});

Deno.test("SinkWorker continues with the next key frame after a sink has thrown, without requesting one", () => {
  let requests = 0;
  const sink = new CountingSink("broken", ({ frameCount }) => {
    if (frameCount === 1) throw new Error("out of order");
  });
  const worker = new SinkWorker(sink, () => requests++);
  worker.write(unit(0, "key"));
  for (const number of [1, 2, 3]) worker.write(unit(number, "delta"));
  assert.deepEqual([sink.frames, worker.statistics().healthy], [[0, 1], false]);
  worker.write(unit(4, "key"));
  assert.deepEqual([sink.frames, requests], [[0, 1, 4], 0]);
  const { accessUnits, bytes, dropped, healthy } = worker.statistics();
  assert.deepEqual({ accessUnits, bytes, dropped, healthy }, {
    accessUnits: 2,
    bytes: 20,
    dropped: 3,
    healthy: true,
  });
});

Deno.test("SinkWorker adds the dropped access units to the statistics of the sink", () => {
  const own = { name: "mine", accessUnits: 5, packets: 6, bytes: 7, dropped: 8, healthy: true };
  const write = ({ frameCount }: AccessUnit): void => {
    if (frameCount === 1) throw new Error("out of order");
  };
  const worker = new SinkWorker({ name: "mine", write, statistics: () => own }, () => {});
  worker.write(unit(0, "key"));
  for (const number of [1, 2]) worker.write(unit(number, "delta"));
  const { dropped, healthy, waitingBytes, ...counts } = worker.statistics();
  assert.deepEqual({ dropped, healthy, waitingBytes }, {
    dropped: 10,
    healthy: false,
    waitingBytes: 0,
  });
  assert.deepEqual({ ...own, ...counts }, own);
});

Deno.test("SinkWorker writes the queued access units before it closes a sink, and nothing afterwards", async () => {
  const sink = new CountingSink("slow", () => nextTurn());
  const worker = new SinkWorker(sink, () => {});
  worker.write(unit(0, "key"));
  worker.write(unit(1, "delta"));
  await worker.close();
  worker.write(unit(2, "key"));
  await worker.close();
  assert.deepEqual([sink.frames, sink.closed], [[0, 1], 1]);
});

Deno.test("SinkWorker.close() does not reject if the sink fails to close", async () => {
  const worker = new SinkWorker({
    name: "broken",
    write: () => {},
    [Symbol.asyncDispose]: () => Promise.reject(new Error("cannot close")),
  }, () => {});
  await worker.close();
});

Deno.test("SinkWorker opens a sink without an open method", async () => {
  await new SinkWorker({ name: "plain", write: () => {} }, () => {}).open(CONTEXT);
});

Deno.test("SinkWorker drops access units while a sink is not ready, and then starts with a key frame", async () => {
  let [isReady, requests] = [false, 0];
  const { sink, finish } = slowSink();
  Object.defineProperty(sink, "isReady", { get: () => isReady });
  const worker = new SinkWorker(sink, () => requests++);
  worker.write(unit(0, "key"));
  worker.write(unit(1, "delta"));
  assert.deepEqual([sink.frames, worker.statistics().dropped, requests], [[], 2, 0]);
  isReady = true;
  worker.write(unit(2, "delta"));
  assert.deepEqual([sink.frames, requests], [[], 1]);
  for (const number of [3, 4, 5]) worker.write(unit(number, number === 3 ? "key" : "delta"));
  assert.deepEqual(sink.frames, [3]);
  // Access units that were queued when it became not ready are dropped.
  isReady = false;
  await finish();
  isReady = true;
  worker.write(unit(6, "delta"));
  worker.write(unit(7, "key"));
  assert.deepEqual(sink.frames, [3, 7]);
});

Deno.test("SinkWorker limits the queue by the age and size that the sink specifies", () => {
  const waiting = (queue: Sink["queue"]): number => {
    const { sink } = slowSink();
    const worker = new SinkWorker(
      queue === undefined ? sink : Object.assign(sink, { queue }),
      () => {},
    );
    worker.write(unit(0, "key"));
    for (let number = 1; number <= 10; number++) worker.write(unit(number, "delta"));
    return worker.statistics().waitingBytes ?? -1;
  };
  assert.deepEqual([waiting(undefined), waiting({ maxAgeMs: 1000, maxBytes: 55 })], [100, 0]);
  assert.equal(waiting({ maxAgeMs: -1, maxBytes: 1e9 }), 0);
  assert.ok(KEEP_QUEUE.maxAgeMs > 10 * LIVE_QUEUE.maxAgeMs);
});

Deno.test("SinkWorker counts the access units that are still queued when it closes the sink", async () => {
  const sink = new CountingSink("hanging", () => new Promise(() => {}));
  const worker = new SinkWorker(sink, () => {});
  worker.write(unit(0, "key"));
  for (const number of [1, 2, 3]) worker.write(unit(number, "delta"));
  await worker.close();
  const { accessUnits, dropped, waitingBytes } = worker.statistics();
  assert.deepEqual([accessUnits, dropped, waitingBytes], [0, 4, 0]);
});

Deno.test("SinkWorker does not count a pending access unit twice if the sink has its own statistics", async () => {
  const counted = { name: "own", accessUnits: 1, packets: 1, bytes: 10, dropped: 0, healthy: true };
  const write = Promise.withResolvers<void>();
  const worker = new SinkWorker({
    name: "own",
    write: () => write.promise,
    statistics: () => counted,
    // The pending write succeeds on close.
    [Symbol.asyncDispose]: () => Promise.resolve(write.resolve()),
  }, () => {});
  worker.write(unit(0, "key"));
  worker.write(unit(1, "delta"));
  await worker.close();
  await nextTurn();
  const { accessUnits, dropped } = worker.statistics();
  assert.deepEqual([accessUnits, dropped], [1, 1]);
});
