import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { pace, type SteadyClock, steadyClock } from "./pace.ts";

/** A clock that jumps to each deadline, plus `lateMs`. */
class FakeClock implements SteadyClock {
  now = 5_000_000.25;
  lateMs = 0;
  readonly deadlines: number[] = [];

  nowMs(): number {
    return this.now;
  }

  sleepUntil(deadlineMs: number): Promise<void> {
    this.deadlines.push(deadlineMs);
    this.now = Math.max(this.now, deadlineMs + this.lateMs);
    return Promise.resolve();
  }
}

const never = new AbortController().signal;

Deno.test("pace() does not drift in an hour of fractional intervals with late wake-ups", async () => {
  const clock = new FakeClock();
  const start = clock.now;
  clock.lateMs = 1.3;
  const intervalMs = 1000 / 29.97;
  const ticks = Math.round(3_600_000 / intervalMs);
  let worstMs = 0;
  const result = await pace({ intervalMs, ticks }, clock, never, (index) => {
    worstMs = Math.max(worstMs, Math.abs(clock.now - (start + index * intervalMs)));
    clock.now += 0.4;
  });
  assert.deepEqual(result, { ticks, slotsSkipped: 0 });
  assert.ok(worstMs < 1.31, `${worstMs} ms off`);
  assert.ok(Math.abs(clock.now - start - 3_600_000) < 20);
});

Deno.test("pace() ends when the last tick's interval is over", async () => {
  const clock = new FakeClock();
  const start = clock.now;
  await pace({ intervalMs: 10, ticks: 3 }, clock, never, () => {});
  assert.deepEqual(clock.deadlines.map((deadline) => deadline - start), [0, 10, 20, 30]);
});

Deno.test("pace() skips the slots that passed during a long tick, and keeps the grid", async () => {
  const clock = new FakeClock();
  const start = clock.now;
  const at: number[] = [];
  const result = await pace({ intervalMs: 10, ticks: 5 }, clock, never, (index) => {
    at.push(clock.now - start);
    if (index === 1) clock.now += 47;
  });
  // Tick 1, at 10, ends at 57: the slots at 20, 30 and 40 are skipped, and the one at 50 is late.
  assert.deepEqual(at, [0, 10, 57, 60, 70]);
  assert.deepEqual(result, { ticks: 5, slotsSkipped: 3 });
});

Deno.test("pace() counts no slot after the last tick as skipped", async () => {
  const clock = new FakeClock();
  const result = await pace({ intervalMs: 10, ticks: 1 }, clock, never, () => clock.now += 95);
  assert.deepEqual(result, { ticks: 1, slotsSkipped: 0 });
});

Deno.test("pace() catches up after a delay shorter than an interval", async () => {
  const clock = new FakeClock();
  const start = clock.now;
  const at: number[] = [];
  const result = await pace({ intervalMs: 10, ticks: 4 }, clock, never, (index) => {
    at.push(clock.now - start);
    if (index === 0) clock.now += 18;
  });
  assert.deepEqual(at, [0, 18, 20, 30]);
  assert.equal(result.slotsSkipped, 0);
});

Deno.test("pace() ends when the signal is aborted, and rejects when a tick throws", async () => {
  const controller = new AbortController();
  const result = await pace(
    { intervalMs: 1, ticks: 0 },
    new FakeClock(),
    controller.signal,
    (index) => {
      if (index === 4) controller.abort();
    },
  );
  assert.equal(result.ticks, 5);
  await assert.rejects(
    pace({ intervalMs: 1, ticks: 0 }, new FakeClock(), never, () => {
      throw new RangeError("broken");
    }),
    RangeError,
  );
});

Deno.test("steadyClock.sleepUntil() never wakes early and does not block the event loop", async () => {
  for (const waitMs of [19.5, 40]) {
    let turned = false;
    setTimeout(() => turned = true, 0);
    const deadline = steadyClock.nowMs() + waitMs;
    await steadyClock.sleepUntil(deadline, never);
    assert.ok(steadyClock.nowMs() >= deadline, `${waitMs} ms`);
    assert.ok(turned, `${waitMs} ms`);
  }
});

Deno.test("sleepUntil() and sleep() end when the signal is aborted", async () => {
  const controller = new AbortController();
  const before = steadyClock.nowMs();
  const waiting = steadyClock.sleepUntil(before + 60_000, controller.signal);
  controller.abort();
  await waiting;
  assert.ok(steadyClock.nowMs() - before < 30_000);
});
