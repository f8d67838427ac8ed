import assert from "node:assert/strict";
import { meetsLimit } from "../_suite/figure.ts";
import { maxInFlight, passages, percentile, recoveryFigures, type RunTimes } from "./_recovery.ts";

const INTERVAL_MS = 20;
const [UNDISTURBED, ALL] = [150, 400];

/** A run with a frame every 20 ms. Each takes as long as `latencyMs` returns, or never arrives. */
function run(latencyMs: (index: number) => number | undefined): RunTimes {
  const publications = Array.from({ length: ALL }, (_, i) => ({
    frameCount: 1000 + i,
    atMs: i * INTERVAL_MS,
  }));
  return {
    publications,
    arrivals: publications.flatMap(({ frameCount, atMs }, i) => {
      const took = latencyMs(i);
      return took === undefined ? [] : [{ frameCount, atMs: atMs + took }];
    }),
    undisturbed: { fromMs: 0, toMs: UNDISTURBED * INTERVAL_MS },
    afterwards: { fromMs: UNDISTURBED * INTERVAL_MS, toMs: ALL * INTERVAL_MS },
    intervalMs: INTERVAL_MS,
    queueSize: 1,
  };
}

/** A run whose frames take at most 12 ms until it is disturbed. */
function afterwards(latencyMs: (index: number) => number | undefined): RunTimes {
  return run((i) => i < UNDISTURBED ? i % 20 === 0 ? 12 : 5 : latencyMs(i - UNDISTURBED));
}

function missedLimits(times: RunTimes): string[] {
  return recoveryFigures(times).filter((figure) => !meetsLimit(figure)).map(({ name }) => name);
}

function valueOf(times: RunTimes, wanted: string): number | undefined {
  return recoveryFigures(times).find(({ name }) => name === wanted)?.value;
}

Deno.test("a stream that is as fast as before has recovered immediately", () => {
  assert.deepEqual(missedLimits(run(() => 8)), []);
  assert.equal(valueOf(run(() => 8), "recovered after"), 0);
});

Deno.test("a 99th percentile of more than twice the undisturbed one misses the limit", () => {
  assert.deepEqual(missedLimits(afterwards((i) => i % 50 === 0 ? 24 : 5)), []);
  assert.deepEqual(missedLimits(afterwards((i) => i % 50 === 0 ? 25 : 5)), ["recovered p99"]);
});

Deno.test("a 99th percentile within a frame interval meets the limit", () => {
  const after = (ms: number): RunTimes => run((i) => i < UNDISTURBED ? 2 : ms);
  assert.deepEqual(missedLimits(after(INTERVAL_MS)), []);
  assert.deepEqual(missedLimits(after(INTERVAL_MS + 1)), ["recovered p99"]);
});

Deno.test("a stream that is slow for a while after the fault has recovered when it is as fast as before", () => {
  const times = afterwards((i) => i < 50 ? 30 : 5);
  assert.deepEqual(missedLimits(times), []);
  // One frame of 100 may be slow.
  assert.equal(valueOf(times, "recovered after"), 49 * INTERVAL_MS);
});

Deno.test("a recovered part with lost frames or with too few frames misses a limit", () => {
  assert.deepEqual(missedLimits(afterwards((i) => i % 4 === 0 ? undefined : 8)), [
    "recovered frames that arrived",
  ]);
  assert.deepEqual(missedLimits(afterwards((i) => i > 20 ? undefined : 8)), ["recovered frames"]);
  assert.deepEqual(missedLimits(afterwards(() => undefined)), [
    "recovered after",
    "recovered frames",
    "recovered p99",
    "recovered frames that arrived",
  ]);
});

Deno.test("frames that wait in a row exceed the bound of the queue", () => {
  // Ten of them arrive at the same moment.
  const times = run((i) => i >= 150 && i < 160 ? 8 + 20 * (160 - i) : 8);
  assert.deepEqual(missedLimits(times), ["most frames in flight"]);
  assert.equal(maxInFlight(passages(run(() => 30))), 2);
  assert.equal(maxInFlight([]), 0);
});

Deno.test("passages() refuses a picture without a frame number, or with one that was never published", () => {
  const times = run(() => 8);
  for (const frameCount of [undefined, 7]) {
    const arrivals = [...times.arrivals, { frameCount, atMs: 9000 }];
    assert.throws(() => passages({ ...times, arrivals }), /Picture 400 shows .*, never published/);
  }
});

Deno.test("percentile() uses the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  assert.equal(percentile(hundred, 0.99), 99);
  assert.equal(percentile(hundred, 1), 100);
  assert.equal(percentile([3], 0.5), 3);
  assert.ok(Number.isNaN(percentile([], 0.99)));
});
