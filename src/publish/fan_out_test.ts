import assert from "node:assert/strict";
import { CONTEXT, CountingSink, unit } from "./_testing.ts";
import { FanOut } from "./fan_out.ts";
import { SinkWorker } from "./sink_worker.ts";
import type { Sink } from "./sink.ts";

function fanOutOf(...sinks: Sink[]): FanOut {
  const fanOut = new FanOut();
  for (const sink of sinks) fanOut.add(new SinkWorker(sink, () => {}));
  return fanOut;
}

Deno.test("FanOut passes every access unit to every sink, even if another one fails or hangs", async () => {
  const never = new Promise<void>(() => {});
  const sinks = [
    new CountingSink("first"),
    new CountingSink("broken", () => {
      throw new Error("out of order");
    }),
    new CountingSink("rejecting", () => Promise.reject(new Error("out of order"))),
    new CountingSink("endless", () => never),
    new CountingSink("last"),
  ];
  {
    await using fanOut = fanOutOf(...sinks);
    for (let i = 0; i < 3; i++) fanOut.write(unit(i, "key"));
    const [first, , , , last] = fanOut.statistics();
    assert.deepEqual([first?.accessUnits, last?.accessUnits], [3, 3]);
  }
  assert.deepEqual(sinks.map(({ closed }) => closed), [1, 1, 1, 1, 1]);
});

Deno.test("FanOut accepts access units without sinks", async () => {
  await using fanOut = new FanOut();
  fanOut.write(unit(0, "key"));
  assert.deepEqual(fanOut.statistics(), []);
});

Deno.test("FanOut passes nothing more to a removed sink", async () => {
  const sink = new CountingSink("leaving");
  const worker = new SinkWorker(sink, () => {});
  await using fanOut = new FanOut();
  fanOut.add(worker);
  fanOut.write(unit(0, "key"));
  fanOut.remove(worker);
  fanOut.write(unit(1, "key"));
  assert.deepEqual(sink.frames, [0]);
});

Deno.test("FanOut opens all sinks, and fails with the first error", async () => {
  const opened: string[] = [];
  const good: Sink = {
    name: "good",
    open: ({ codec }) => void opened.push(codec),
    write: () => {},
  };
  const bad: Sink = {
    name: "bad",
    open: () => Promise.reject(new Error("no such place")),
    write: () => {},
  };
  await using fanOut = fanOutOf(bad, good);
  await assert.rejects(fanOut.open(CONTEXT), /no such place/);
  assert.deepEqual(opened, ["h264"]);
});
