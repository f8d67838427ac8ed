import assert from "node:assert/strict";
import { CONTEXT, CountingSink, nextTurn, unit } from "./_testing.ts";
import { Lane } from "./lane.ts";

/** A sink whose every write ends when the test says so. */
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

Deno.test("Lane begins with a key frame, and asks for one where the stream is under way", () => {
  const sink = new CountingSink("late");
  let requests = 0;
  const lane = new Lane(sink, () => requests++);
  for (const number of [4, 5]) lane.write(unit(number, "delta"));
  assert.deepEqual([sink.frames, requests], [[], 1]);
  lane.write(unit(6, "key"));
  lane.write(unit(7, "delta"));
  assert.deepEqual(sink.frames, [6, 7]);
  assert.equal(lane.stats().dropped, 2);
});

Deno.test("Lane gives a sink that takes its time one access unit after the other", async () => {
  const { sink, finish } = slowSink();
  const lane = new Lane(sink, () => {});
  lane.write(unit(0, "key"));
  for (const number of [1, 2]) lane.write(unit(number, "delta"));
  assert.deepEqual(sink.frames, [0]);
  await finish();
  assert.deepEqual(sink.frames, [0, 1]);
  await finish();
  await finish();
  assert.deepEqual(sink.frames, [0, 1, 2]);
  assert.deepEqual([lane.stats().accessUnits, lane.stats().dropped], [3, 0]);
});

Deno.test("Lane drops what waits too long, up to a key frame that it asks for once the sink is free", async () => {
  const { sink, finish } = slowSink();
  let requests = 0;
  const lane = new Lane(sink, () => requests++);
  // A clock of the test's own: a second need not pass.
  const { now } = performance;
  let nowMs = now.call(performance);
  performance.now = () => nowMs;
  try {
    lane.write(unit(0, "key"));
    lane.write(unit(1, "delta"));
    nowMs += 1001;
    lane.write(unit(2, "delta"));
    assert.deepEqual([lane.stats().dropped, lane.stats().healthy, requests], [2, false, 0]);
    await finish();
    assert.equal(requests, 1);
    lane.write(unit(3, "delta"));
    assert.equal(requests, 1, "one request a second is enough");
    lane.write(unit(4, "key"));
  } finally {
    performance.now = now;
  }
  assert.deepEqual(sink.frames, [0, 4]);
  assert.deepEqual([lane.stats().dropped, lane.stats().healthy], [3, true]);
});

Deno.test("Lane goes on with a key frame after a sink has thrown, and troubles nobody for it", () => {
  let requests = 0;
  const sink = new CountingSink("broken", ({ frameCount }) => {
    if (frameCount === 1) throw new Error("out of order");
  });
  const lane = new Lane(sink, () => requests++);
  lane.write(unit(0, "key"));
  for (const number of [1, 2, 3]) lane.write(unit(number, "delta"));
  assert.deepEqual([sink.frames, lane.stats().healthy], [[0, 1], false]);
  lane.write(unit(4, "key"));
  assert.deepEqual([sink.frames, requests], [[0, 1, 4], 0]);
  const { accessUnits, bytes, dropped, healthy } = lane.stats();
  assert.deepEqual({ accessUnits, bytes, dropped, healthy }, {
    ...{ accessUnits: 2, bytes: 20, dropped: 3, healthy: true },
  });
});

Deno.test("Lane adds what it left out to what the sink says", () => {
  const said = { name: "mine", accessUnits: 5, packets: 6, bytes: 7, dropped: 8, healthy: true };
  const lane = new Lane({ name: "mine", write: () => {}, stats: () => said }, () => {});
  lane.write(unit(0, "delta"));
  assert.deepEqual(lane.stats(), { ...said, dropped: 9 });
});

Deno.test("Lane gives a sink what waits before it closes it, and nothing afterwards", async () => {
  const sink = new CountingSink("slow", () => nextTurn());
  const lane = new Lane(sink, () => {});
  lane.write(unit(0, "key"));
  lane.write(unit(1, "delta"));
  await lane.close();
  lane.write(unit(2, "key"));
  await lane.close();
  assert.deepEqual([sink.frames, sink.closed], [[0, 1], 1]);
});

Deno.test("Lane closes a sink that failed to close, and says nothing to its owner", async () => {
  const lane = new Lane({
    name: "broken",
    write: () => {},
    [Symbol.asyncDispose]: () => Promise.reject(new Error("cannot close")),
  }, () => {});
  await lane.close();
});

Deno.test("Lane opens a sink that has nothing to open", async () => {
  await new Lane({ name: "plain", write: () => {} }, () => {}).open(CONTEXT);
});
