import assert from "node:assert/strict";
import { keeps } from "../_suite/figure.ts";
import { mostUnderWay, passages, percentile, recoveryFigures, type RunTimes } from "./_recovery.ts";

const INTERVAL_MS = 20;

/** A frame every 20 ms; each takes as long as `latencyMs` says, or never arrives. */
function run(latencyMs: (index: number) => number | undefined): RunTimes {
  const publications = Array.from({ length: 200 }, (_, i) => ({
    frameCount: 1000 + i,
    atMs: i * INTERVAL_MS,
  }));
  return {
    publications,
    arrivals: publications.flatMap(({ frameCount, atMs }, i) => {
      const took = latencyMs(i);
      return took === undefined ? [] : [{ frameCount, atMs: atMs + took }];
    }),
    undisturbed: { fromMs: 0, toMs: 100 * INTERVAL_MS },
    recovered: { fromMs: 100 * INTERVAL_MS, toMs: 200 * INTERVAL_MS },
    intervalMs: INTERVAL_MS,
    queueSize: 1,
  };
}

function broken(times: RunTimes): string[] {
  return recoveryFigures(times).filter((figure) => !keeps(figure)).map(({ name }) => name);
}

Deno.test("a stream that is as fast as before has recovered", () => {
  assert.deepEqual(broken(run(() => 8)), []);
});

Deno.test("a 99th percentile of more than twice the undisturbed one breaks the limit", () => {
  const undisturbedMs = 12;
  const after = (ms: number): RunTimes => run((i) => i < 100 ? undisturbedMs : i % 50 ? 5 : ms);
  assert.deepEqual(broken(after(2 * undisturbedMs)), []);
  assert.deepEqual(broken(after(2 * undisturbedMs + 1)), ["recovered p99"]);
});

Deno.test("a 99th percentile within a frame interval is none to complain of", () => {
  assert.deepEqual(broken(run((i) => i < 100 ? 2 : INTERVAL_MS)), []);
  assert.deepEqual(broken(run((i) => i < 100 ? 2 : INTERVAL_MS + 1)), ["recovered p99"]);
});

Deno.test("a recovered part that lacks frames breaks the limit, and so does an empty one", () => {
  assert.deepEqual(broken(run((i) => i >= 100 && i % 8 === 0 ? undefined : 8)), [
    "recovered frames that arrived",
  ]);
  assert.deepEqual(broken(run((i) => i >= 100 ? undefined : 8)), [
    "recovered p99",
    "recovered frames that arrived",
  ]);
});

Deno.test("frames that wait one behind the other break the bound of the queue", () => {
  // While the encoder is slow in the middle, each frame comes later than the one before.
  const times = run((i) => i >= 50 && i < 60 ? 8 + 20 * (i - 50) : 8);
  assert.deepEqual(broken(times), ["most frames under way at once"]);
  assert.equal(mostUnderWay(passages(run(() => 30))), 2);
  assert.equal(mostUnderWay([]), 0);
});

Deno.test("a picture without a number, or with one of nobody's, is an error", () => {
  const times = run(() => 8);
  for (const frameCount of [undefined, 7]) {
    const arrivals = [...times.arrivals, { frameCount, atMs: 9000 }];
    assert.throws(() => passages({ ...times, arrivals }), /Picture 200 shows .*, never published/);
  }
});

Deno.test("percentile() takes the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  assert.equal(percentile(hundred, 0.99), 99);
  assert.equal(percentile(hundred, 1), 100);
  assert.equal(percentile([3], 0.5), 3);
  assert.ok(Number.isNaN(percentile([], 0.99)));
});
