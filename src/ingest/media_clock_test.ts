import assert from "node:assert/strict";
import fc from "fast-check";
import { MediaClock, type MediaTime } from "./media_clock.ts";

/** Unix time of the first arrival, in microseconds. */
const UNIX_US = 1_790_000_000_000_000;
const FRAME_MS = 40;

/** Frames that arrive every 40 ms, or at the given times, captured at the given times in microseconds. */
function placeAll(capturesUs: readonly number[], arrivalsMs?: readonly number[]): MediaTime[] {
  const clock = new MediaClock();
  return capturesUs.map((captureUs, index) => {
    const arrivedMs = arrivalsMs?.[index] ?? index * FRAME_MS;
    return clock.place(BigInt(captureUs) * 1000n, 5000 + arrivedMs, UNIX_US + arrivedMs * 1000);
  });
}

function pts(times: readonly MediaTime[]): number[] {
  return times.map(({ ptsUs }) => ptsUs);
}

Deno.test("MediaClock follows the capture clock, not the jitter of arrivals", () => {
  const captures = [0, 40_000, 80_000, 120_000].map((us) => UNIX_US - 3000 + us);
  const times = placeAll(captures, [0, 55, 81, 140]);
  assert.deepEqual(pts(times), [0, 40_000, 80_000, 120_000]);
  assert.deepEqual(times.map(({ captureUnixUs }) => captureUnixUs), captures);
});

Deno.test("MediaClock shows missing frames as a gap of the capture time", () => {
  const captures = [0, 40_000, 200_000, 240_000].map((us) => UNIX_US + us);
  assert.deepEqual(pts(placeAll(captures, [0, 40, 205, 241])), [0, 40_000, 200_000, 240_000]);
});

Deno.test("MediaClock shows a gap of a minute as one, not as drift", () => {
  const captures = [0, 40_000, 60_040_000, 60_080_000].map((us) => UNIX_US + us);
  const times = placeAll(captures, [0, 40, 60_043, 60_085]);
  assert.deepEqual(pts(times), [0, 40_000, 60_040_000, 60_080_000]);
});

Deno.test("MediaClock goes by arrivals where capture times jump", () => {
  for (const jumpUs of [3_600_000_000, -3_600_000_000, 1_100_000, -20_000]) {
    const captures = [0, 40_000, 80_000 + jumpUs, 120_000 + jumpUs].map((us) => UNIX_US + us);
    const expected = [0, 40_000, 80_000, 120_000];
    // A small step back is no jump to the clock: only time that runs backwards is.
    if (jumpUs === -20_000) expected.splice(2, 2, 60_000, 100_000);
    assert.deepEqual(pts(placeAll(captures)), expected, `${jumpUs}`);
  }
});

Deno.test("MediaClock goes by arrivals where capture times repeat", () => {
  const captures = [0, 40_000, 40_000, 40_000, 160_000].map((us) => UNIX_US + us);
  assert.deepEqual(pts(placeAll(captures)), [0, 40_000, 80_000, 120_000, 240_000]);
});

Deno.test("MediaClock goes by arrivals where capture times run backwards", () => {
  const captures = [400_000, 360_000, 320_000, 280_000].map((us) => UNIX_US + us);
  assert.deepEqual(pts(placeAll(captures)), [0, 40_000, 80_000, 120_000]);
});

Deno.test("MediaClock takes a finite source's times, and its start over", () => {
  const times = placeAll([0, 40_000, 80_000, 0, 40_000]);
  assert.deepEqual(pts(times), [0, 40_000, 80_000, 120_000, 160_000]);
  const arrivals = [0, 40_000, 80_000, 120_000, 160_000].map((us) => UNIX_US + us);
  assert.deepEqual(times.map(({ captureUnixUs }) => captureUnixUs), arrivals);
});

Deno.test("MediaClock takes a capture for Unix time within ten seconds of its arrival", () => {
  for (const [offsetUs, isUnixTime] of [[-9_999_999, true], [10_000_001, false]] as const) {
    const [time] = placeAll([UNIX_US + offsetUs]);
    assert.equal(time?.captureUnixUs, isUnixTime ? UNIX_US + offsetUs : UNIX_US, `${offsetUs}`);
  }
});

Deno.test("MediaClock runs forwards whatever a producer says and whenever it is heard", () => {
  const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
  const near = fc.bigInt({ min: -2_000_000_000n, max: 2_000_000_000n })
    .map((offset) => BigInt(UNIX_US) * 1000n + offset);
  const arrivals = fc.double({ min: 0, max: 1e9, noNaN: true });
  const frames = fc.array(fc.tuple(fc.oneof(u64, near), arrivals), { minLength: 2 });
  fc.assert(fc.property(frames, (heard) => {
    const clock = new MediaClock();
    let last = -1;
    let arrivedMs = 1000;
    for (const [timestampNs, sinceMs] of heard) {
      arrivedMs += sinceMs;
      const { ptsUs, captureUnixUs } = clock.place(timestampNs, arrivedMs, UNIX_US);
      assert.ok(Number.isSafeInteger(ptsUs) && ptsUs > last, `${ptsUs} after ${last}`);
      assert.ok(Number.isFinite(captureUnixUs));
      last = ptsUs;
    }
  }));
});
