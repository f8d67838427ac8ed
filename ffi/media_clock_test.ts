import assert from "node:assert/strict";
import fc from "fast-check";
import { MediaClock, type MediaTime } from "./_media_clock_testing.ts";

/** Unix time of the first arrival, in microseconds. */
const UNIX_US = 1_790_000_000_000_000;
const FRAME_MS = 40;

/** Places frames captured at these times that arrive every 40 ms, or at the given times. */
function placeAll(capturesUs: readonly number[], arrivalsMs?: readonly number[]): MediaTime[] {
  const clock = new MediaClock();
  return capturesUs.map((captureUs, index) => {
    const arrivedMs = arrivalsMs?.[index] ?? index * FRAME_MS;
    return clock.place(captureUs, 5000 + arrivedMs, UNIX_US + arrivedMs * 1000);
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

Deno.test("MediaClock represents missing frames by a gap of their capture time", () => {
  const captures = [0, 40_000, 200_000, 240_000].map((us) => UNIX_US + us);
  assert.deepEqual(pts(placeAll(captures, [0, 40, 205, 241])), [0, 40_000, 200_000, 240_000]);
});

Deno.test("MediaClock represents a gap of a minute as a gap, not as drift", () => {
  const captures = [0, 40_000, 60_040_000, 60_080_000].map((us) => UNIX_US + us);
  const times = placeAll(captures, [0, 40, 60_043, 60_085]);
  assert.deepEqual(pts(times), [0, 40_000, 60_040_000, 60_080_000]);
});

Deno.test("MediaClock uses arrival times where capture times jump", () => {
  for (const jumpUs of [3_600_000_000, -3_600_000_000, 1_100_000, -20_000]) {
    const captures = [0, 40_000, 80_000 + jumpUs, 120_000 + jumpUs].map((us) => UNIX_US + us);
    const expected = [0, 40_000, 80_000, 120_000];
    // A small step back is not a jump, so only the frame that runs backwards is affected.
    if (jumpUs === -20_000) expected.splice(2, 2, 60_000, 100_000);
    assert.deepEqual(pts(placeAll(captures)), expected, `${jumpUs}`);
  }
});

Deno.test("MediaClock uses arrival times where capture times repeat", () => {
  const captures = [0, 40_000, 40_000, 40_000, 160_000].map((us) => UNIX_US + us);
  assert.deepEqual(pts(placeAll(captures)), [0, 40_000, 80_000, 120_000, 160_000]);
});

Deno.test("MediaClock uses arrival times where capture times run backwards", () => {
  const captures = [400_000, 360_000, 320_000, 280_000].map((us) => UNIX_US + us);
  assert.deepEqual(pts(placeAll(captures)), [0, 40_000, 80_000, 120_000]);
});

Deno.test("MediaClock follows a finite source, and continues when it starts over", () => {
  const times = placeAll([0, 40_000, 80_000, 0, 40_000]);
  assert.deepEqual(pts(times), [0, 40_000, 80_000, 120_000, 160_000]);
  const arrivals = [0, 40_000, 80_000, 120_000, 160_000].map((us) => UNIX_US + us);
  assert.deepEqual(times.map(({ captureUnixUs }) => captureUnixUs), arrivals);
});

Deno.test("MediaClock takes a capture time within ten seconds of its arrival for Unix time", () => {
  for (const [offsetUs, isUnixTime] of [[-9_999_999, true], [10_000_001, false]] as const) {
    const [time] = placeAll([UNIX_US + offsetUs]);
    assert.equal(time?.captureUnixUs, isUnixTime ? UNIX_US + offsetUs : UNIX_US, `${offsetUs}`);
  }
});

Deno.test("MediaClock always advances, for any capture and arrival times", () => {
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
      const { ptsUs, captureUnixUs } = clock.place(Number(timestampNs) / 1000, arrivedMs, UNIX_US);
      assert.ok(Number.isSafeInteger(ptsUs) && ptsUs > last, `${ptsUs} after ${last}`);
      assert.ok(Number.isFinite(captureUnixUs));
      last = ptsUs;
    }
  }));
});

/** Window in milliseconds, and the fraction of it by which media time may drift. */
const WINDOW_MS = 5000;
const DRIFT = 0.02;
/** Tolerance for rounding errors. */
const ROUNDING_MS = 0.001;

/** Asserts that media time does not drift from the monotonic clock over any window. */
function assertNoDrift(times: readonly MediaTime[], arrivalsMs: readonly number[]): void {
  let first = 0;
  for (let last = 0; last < times.length; last++) {
    while (arrivalsMs[last]! - arrivalsMs[first]! > WINDOW_MS) first++;
    for (let from = first; from < last; from += 5) {
      const mediaMs = (times[last]!.ptsUs - times[from]!.ptsUs) / 1000;
      const offMs = Math.abs(mediaMs - (arrivalsMs[last]! - arrivalsMs[from]!));
      assert.ok(
        offMs <= WINDOW_MS * DRIFT + ROUNDING_MS,
        `frames ${from} to ${last}: off by ${offMs} ms`,
      );
    }
  }
}

/** Ideal times and arrivals of frames that are late by up to 0.3 intervals: at random, or as unevenly as possible. */
const arrivals = fc.record({
  fps: fc.constantFrom(5, 15, 25, 30, 60, 120, 240),
  lateness: fc.oneof(
    fc.array(fc.double({ min: 0, max: 0.3, noNaN: true }), { minLength: 7, maxLength: 60 }),
    fc.array(fc.constantFrom(0, 0.3), { minLength: 2, maxLength: 9 }),
  ),
}).map(({ fps, lateness }) => {
  const count = Math.min(15 * fps, 1500);
  const idealMs = Array.from({ length: count }, (_, i) => i * 1000 / fps);
  return {
    idealMs,
    arrivalsMs: idealMs.map((ms, i) => ms + (lateness[i % lateness.length] ?? 0) * 1000 / fps),
  };
});

/** Faulty capture clocks: they map ideal times to capture times, in microseconds. */
const badClocks: Readonly<
  Record<string, fc.Arbitrary<(idealUs: number, index: number) => number>>
> = {
  "repeated stamps": fc.integer({ min: 2, max: 9 }).map((times) => (idealUs, index) =>
    idealUs * (1 - index % times / index || 1)
  ),
  "coarse stamps": fc.constantFrom(1_000, 10_000, 100_000, 1_000_000).map((unit) => (idealUs) =>
    Math.floor(idealUs / unit) * unit
  ),
  "stamps in another unit": fc.constantFrom(1e-3, 1e-6, 1e3, 0).map((unit) => (idealUs) =>
    idealUs * unit
  ),
  "another rate": fc.oneof(
    fc.double({ min: 0.1, max: 10, noNaN: true }),
    fc.double({ min: 0.8, max: 1.2, noNaN: true }),
  ).map((rate) => (idealUs) => idealUs * rate),
  "alternating stamps": fc.integer({ min: -2_000_000, max: 2_000_000 }).map(
    (by) => (idealUs, index) => 1e9 + idealUs + (index % 2) * by,
  ),
  "wrapping stamps": fc.integer({ min: 100_000, max: 9_000_000 }).map((every) => (idealUs) =>
    idealUs % every
  ),
  "stamps that jump": fc.tuple(
    fc.integer({ min: 20, max: 300 }),
    fc.integer({ min: -60_000_000, max: 60_000_000 }),
  ).map(([every, by]) => (idealUs, index) => 1e12 + idealUs + Math.floor(index / every) * by),
  "random stamps": fc.infiniteStream(fc.integer({ min: 0, max: 100_000_000 })).map(
    (stream) => () => stream.next().value ?? 0,
  ),
};

for (const [name, clocks] of Object.entries(badClocks)) {
  Deno.test(`MediaClock does not drift from the monotonic clock with ${name}`, () => {
    fc.assert(
      fc.property(arrivals, clocks, ({ idealMs, arrivalsMs }, clock) => {
        const captures = idealMs.map((ms, index) => Math.round(clock(ms * 1000, index)));
        assertNoDrift(placeAll(captures, arrivalsMs), arrivalsMs);
      }),
      { numRuns: 40 },
    );
  });
}

for (
  const [rate, fps, lateness] of [
    [0.93, 5, [0.3, 0]],
    [0.92, 30, [0.3, 0]],
    [0.865, 5, [0.3, 0, 0, 0, 0, 0, 0]],
  ] as const
) {
  Deno.test(`MediaClock takes no uneven arrivals for stalls of a clock of rate ${rate}: ${fps} fps, one of ${lateness.length} frames late`, () => {
    const idealMs = Array.from({ length: 15 * fps }, (_, i) => i * 1000 / fps);
    const arrivalsMs = idealMs.map((ms, i) => ms + lateness[i % lateness.length]! * 1000 / fps);
    assertNoDrift(
      placeAll(idealMs.map((ms) => Math.round(ms * 1000 * rate)), arrivalsMs),
      arrivalsMs,
    );
  });
}

Deno.test("MediaClock follows a correct capture clock exactly, however late frames arrive", () => {
  const stalls = fc.array(
    fc.record({
      before: fc.integer({ min: 30, max: 120 }),
      stallMs: fc.integer({ min: 50, max: 5000 }),
      /** The interval of late frames as a fraction of the usual one. */
      catchUp: fc.double({ min: 0.01, max: 0.8, noNaN: true }),
    }),
    { minLength: 1, maxLength: 4 },
  );
  const jitter = fc.array(fc.double({ min: 0, max: 8, noNaN: true }), { minLength: 5 });
  const fps = fc.constantFrom(5, 10, 15, 30, 60);
  fc.assert(fc.property(stalls, jitter, fps, (all, late, fps) => {
    const intervalMs = 1000 / fps;
    const captures: number[] = [];
    const arrivalsMs: number[] = [];
    let nextMs = 0;
    const add = (earliestMs: number): void => {
      const index = captures.length;
      const capturedMs = index * intervalMs;
      captures.push(Math.round(capturedMs * 1000));
      nextMs = Math.max(capturedMs + (late[index % late.length] ?? 0), earliestMs);
      arrivalsMs.push(nextMs);
    };
    for (const { before, stallMs, catchUp } of all) {
      for (let i = 0; i < before; i++) add(0);
      add(nextMs + stallMs);
      while (nextMs - captures.length * intervalMs > 0) add(nextMs + catchUp * intervalMs);
    }
    const wrong = pts(placeAll(captures, arrivalsMs)).findIndex((ptsUs, i) =>
      ptsUs !== captures[i]
    );
    assert.equal(wrong, -1, `frame ${wrong} of ${captures.length}`);
  }));
});

for (const [delayMs, intervalMs] of [[3000, 10], [12_000, 26.7]] as const) {
  Deno.test(`MediaClock keeps to capture times while frames delayed by ${delayMs} ms catch up, every ${intervalMs} ms`, () => {
    const captures: number[] = [];
    const arrivalsMs: number[] = [];
    for (let i = 0, arrivedMs = 0; i < 3000; i++) {
      captures.push(Math.round(i * 1e6 / 30));
      arrivedMs = Math.max(i * 1000 / 30, arrivedMs + (i === 90 ? delayMs : intervalMs));
      arrivalsMs.push(arrivedMs);
    }
    assert.deepEqual(pts(placeAll(captures, arrivalsMs)), captures);
  });
}

Deno.test("MediaClock follows a capture clock again once it has been correct for five seconds", () => {
  const captures = Array.from({ length: 400 }, (_, i) => i * FRAME_MS * 1000 + (i < 50 ? 0 : 7e9));
  const arrivalsMs = captures.map((_, i) => i * FRAME_MS + (i % 3) * 5);
  const placed = pts(placeAll(captures, arrivalsMs));
  const steps = placed.slice(1).map((ptsUs, i) => ptsUs - placed[i]!);
  assert.ok(steps.slice(60, 150).some((step) => step !== FRAME_MS * 1000), "arrivals' jitter");
  assert.ok(steps.slice(180).every((step) => step === FRAME_MS * 1000));
});
