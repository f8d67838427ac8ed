import assert from "node:assert/strict";
import * as fc from "fast-check";
import { VideoTimestamps } from "./video_timestamps.ts";

Deno.test("VideoTimestamps starts at 0, whatever the time of the first frame", () => {
  for (const dtsUs of [0, -66_667, 3_600_000_000]) {
    const times = new VideoTimestamps().next(dtsUs + 66_667, dtsUs);
    assert.equal(times.timestampMs, 0);
    assert.ok(Math.abs(times.compositionTimeMs - 66.667) <= 1);
  }
});

Deno.test("VideoTimestamps never decrease and keep the presentation time if decoding times decrease", () => {
  const timestamps = new VideoTimestamps();
  timestamps.next(0, 0);
  timestamps.next(100_000, 100_000);
  assert.deepEqual(timestamps.next(60_000, 60_000), { timestampMs: 100, compositionTimeMs: -40 });
});

Deno.test("VideoTimestamps wrap after 2^32 ms", () => {
  const timestamps = new VideoTimestamps();
  timestamps.next(0, 0);
  const us = (2 ** 32 + 5) * 1000;
  assert.deepEqual(timestamps.next(us + 2000, us), { timestampMs: 5, compositionTimeMs: 2 });
});

Deno.test("VideoTimestamps keep the presentation time within half a millisecond, however long the stream", () => {
  const step = fc.tuple(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 0, max: 200_000 }));
  fc.assert(fc.property(
    fc.integer({ min: -500_000, max: 1e12 }),
    fc.array(step, { minLength: 1, maxLength: 200 }),
    (startUs, steps) => {
      const timestamps = new VideoTimestamps();
      let dtsUs = startUs;
      let latest = 0;
      const origin = Math.round(startUs / 1000);
      timestamps.next(startUs, startUs);
      for (const [interval, delay] of steps) {
        dtsUs += interval;
        const { timestampMs, compositionTimeMs } = timestamps.next(dtsUs + delay, dtsUs);
        assert.ok(timestampMs >= latest && compositionTimeMs >= 0);
        const shownMs = origin + timestampMs + compositionTimeMs;
        assert.ok(Math.abs(shownMs - (dtsUs + delay) / 1000) <= 0.5);
        latest = timestampMs;
      }
    },
  ));
});
