import assert from "node:assert/strict";
import fc from "fast-check";
import { FramePace } from "./frame_pace.ts";

/** Feeds a pace with frames at these intervals. */
function paced(intervalsMs: readonly number[], pace = new FramePace(), fromMs = 1000): FramePace {
  let arrivedMs = fromMs;
  pace.observe(1, arrivedMs);
  for (const intervalMs of intervalsMs) {
    arrivedMs += intervalMs;
    pace.observe(1, arrivedMs);
  }
  return pace;
}

function constant(fps: number, seconds = 8): number[] {
  return Array.from({ length: Math.max(fps * seconds, 30) }, () => 1000 / fps);
}

Deno.test("FramePace has no interval before eight intervals, and assumes 30 fps before sixteen", () => {
  const pace = new FramePace();
  for (let count = 0; count <= 16; count++) {
    assert.equal(pace.intervalMs === undefined, count <= 8, `after ${count}`);
    assert.equal(pace.frameRate, 30);
    pace.observe(1, 1000 + count * 1000 / 60);
  }
  assert.equal(pace.frameRate, 60);
});

Deno.test("FramePace measures the true rate of frames that arrive late and catch up", () => {
  const late = Array.from({ length: 300 }, (_, i) => [21, 21, 58][i % 3] ?? 0);
  const pace = paced(late);
  assert.equal(pace.frameRate, 30);
  assert.ok(pace.intervalMs! > 21 && pace.intervalMs! < 40, `${pace.intervalMs}`);
});

for (const fps of [1, 5, 15, 24, 25, 30, 50, 60, 120, 240, 500, 1000]) {
  Deno.test(`FramePace measures ${fps} fps from constant and from jittered arrivals`, () => {
    const jittered = constant(fps).map((ms, i) => ms * (i % 2 === 0 ? 1.08 : 0.92));
    const within = (pace: FramePace): boolean => Math.abs(pace.frameRate / fps - 1) < 0.001;
    assert.ok(within(paced(constant(fps))));
    assert.ok(within(paced(jittered)));
  });
}

for (const intervals of [[8, 18], [5, 5, 90], [33, 1], [100, 10, 10]]) {
  Deno.test(`FramePace measures the mean rate of intervals that cycle through ${intervals} ms`, () => {
    const uneven = Array.from({ length: 400 }, (_, i) => intervals[i % intervals.length] ?? 0);
    const mean = intervals.length * 1000 / intervals.reduce((sum, ms) => sum + ms, 0);
    const { frameRate } = paced(uneven);
    assert.ok(Math.abs(frameRate / mean - 1) < 0.06, `${frameRate}, the mean is ${mean}`);
  });
}

Deno.test("FramePace excludes stalls, and the frames that catch up, from its interval", () => {
  const stalled = constant(25).map((ms, i) => i % 10 === 3 ? 79.9 : i % 10 === 4 ? 0.1 : ms);
  const pace = paced(stalled);
  assert.ok(Math.abs(pace.intervalMs! - 40) < 0.1);
  assert.equal(pace.frameRate, 25);
});

Deno.test("FramePace ignores a pause", () => {
  const pace = paced(constant(30));
  paced(constant(30), pace, 3_600_000);
  assert.ok(Math.abs(pace.intervalMs! - 1000 / 30) < 0.01);
  assert.equal(pace.frameRate, 30);
});

Deno.test("FramePace counts announcements that came together", () => {
  const pace = new FramePace();
  for (let i = 0; i < 100; i++) pace.observe(3, i * 100);
  assert.ok(Math.abs(pace.intervalMs! - 100 / 3) < 0.01);
  assert.equal(pace.frameRate, 30);
});

Deno.test("FramePace changes its rate only for a lasting change", () => {
  const pace = paced(constant(30));
  paced(constant(33), pace, 20_000);
  assert.equal(pace.frameRate, 30, "a change of 10 % is not worth a key frame");
  // Three seconds of delayed frames within one second.
  paced(Array.from({ length: 120 }, () => 10), pace, 40_000);
  paced(constant(30), pace, 42_000);
  assert.equal(pace.frameRate, 30, "a burst does not change the rate");
  paced(constant(60), pace, 60_000);
  assert.equal(pace.frameRate, 60);
});

Deno.test("FramePace keeps its rate between 1 and 1000 fps, whatever is announced", () => {
  const arrivals = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0, max: 1e7 })),
  );
  fc.assert(fc.property(arrivals, (announced) => {
    const pace = new FramePace();
    let arrivedMs = 0;
    for (const [announcements, sinceMs] of announced) {
      arrivedMs += Number.isNaN(sinceMs) ? 0 : sinceMs;
      pace.observe(announcements, arrivedMs);
      assert.ok(pace.frameRate >= 1 && pace.frameRate <= 1000, `${pace.frameRate}`);
      assert.ok((pace.intervalMs ?? 0) >= 0);
    }
  }));
});
