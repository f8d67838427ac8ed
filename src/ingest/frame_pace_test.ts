import assert from "node:assert/strict";
import fc from "fast-check";
import { FramePace } from "./frame_pace.ts";

/** Announces frames at these intervals, numbered from 0. */
function paced(intervalsMs: readonly number[], pace = new FramePace(), from = 0): FramePace {
  let arrivedMs = 1000;
  pace.observe(from, arrivedMs);
  intervalsMs.forEach((intervalMs, index) => {
    arrivedMs += intervalMs;
    pace.observe((from + index + 1) >>> 0, arrivedMs);
  });
  return pace;
}

function constant(fps: number, count = 30): number[] {
  return Array.from({ length: count }, () => 1000 / fps);
}

Deno.test("FramePace knows no interval before eight, and assumes 30 frames a second before sixteen", () => {
  const pace = new FramePace();
  for (let count = 0; count <= 16; count++) {
    assert.equal(pace.intervalMs === undefined, count <= 8, `after ${count}`);
    assert.equal(pace.frameRate, 30);
    pace.observe(count, 1000 + count * 1000 / 60);
  }
  assert.equal(pace.frameRate, 60);
});

Deno.test("FramePace is not misled by deliveries that are late and catch up", () => {
  const late = Array.from({ length: 60 }, (_, i) => [21, 21, 58][i % 3] ?? 0);
  assert.equal(paced(late).frameRate, 30);
});

for (const fps of [5, 15, 24, 25, 30, 50, 60, 120, 240]) {
  Deno.test(`FramePace finds ${fps} frames a second in jittered arrivals`, () => {
    const jittered = constant(fps).map((ms, i) => ms * (i % 2 === 0 ? 1.08 : 0.92));
    assert.equal(paced(constant(fps)).frameRate, fps);
    assert.equal(paced(jittered).frameRate, fps);
  });
}

Deno.test("FramePace is not moved by stalls and bursts", () => {
  const stalled = constant(25, 40).map((ms, i) => i % 10 === 3 ? 400 : i % 10 === 4 ? 0.1 : ms);
  const pace = paced(stalled);
  assert.equal(pace.intervalMs, 40);
  assert.equal(pace.frameRate, 25);
});

Deno.test("FramePace counts frames that were never announced to us", () => {
  const pace = new FramePace();
  for (let i = 0; i < 20; i++) pace.observe(i * 3, i * 100);
  assert.ok(Math.abs((pace.intervalMs ?? 0) - 100 / 3) < 0.01);
});

Deno.test("FramePace goes on across the wrap at 2^32", () => {
  // As few intervals as it needs: the one across the wrap is among them.
  const pace = paced(constant(25, 8), new FramePace(), 2 ** 32 - 4);
  assert.equal(pace.intervalMs, 40);
});

Deno.test("FramePace learns nothing from restarts and leaps", () => {
  const pace = new FramePace();
  for (let i = 0; i < 30; i++) pace.observe((i % 2) * 500, i);
  assert.equal(pace.intervalMs, undefined);
});

Deno.test("FramePace changes the rate only for a lasting change", () => {
  const pace = paced(constant(30, 30));
  paced(constant(33, 30), pace, 100);
  assert.equal(pace.frameRate, 30, "an encoder does not start anew for 10 %");
  paced(constant(60, 30), pace, 200);
  assert.equal(pace.frameRate, 60);
});

Deno.test("FramePace gives a rate that an encoder can take, whatever is announced", () => {
  const arrivals = fc.array(fc.tuple(fc.nat(0xffff_ffff), fc.double({ min: 0, max: 1e7 })));
  fc.assert(fc.property(arrivals, (announced) => {
    const pace = new FramePace();
    let arrivedMs = 0;
    for (const [count, sinceMs] of announced) {
      arrivedMs += Number.isNaN(sinceMs) ? 0 : sinceMs;
      pace.observe(count, arrivedMs);
      assert.ok(pace.frameRate >= 1 && pace.frameRate <= 1000, `${pace.frameRate}`);
      assert.ok((pace.intervalMs ?? 0) >= 0);
    }
  }));
});
