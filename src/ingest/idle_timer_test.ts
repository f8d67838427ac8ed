import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { monotonicMs } from "../../ffi/clock.ts";
import { IdleTimer } from "./idle_timer.ts";

/** Starts a timer; `called` resolves with the steady clock's time when it calls back. */
function startTimer(limitMs: number): { timer: IdleTimer; called: Promise<number> } {
  const { promise, resolve } = Promise.withResolvers<number>();
  return { timer: new IdleTimer(limitMs, () => resolve(monotonicMs())), called: promise };
}

Deno.test("IdleTimer calls back after its limit, not before", async () => {
  const startMs = monotonicMs();
  const { timer, called } = startTimer(20);
  using _ = timer;
  assert.ok(await called - startMs >= 20);
});

Deno.test("IdleTimer restarts with every touch()", async () => {
  const { timer, called } = startTimer(30);
  using _ = timer;
  let touchedMs = 0;
  const interval = setInterval(() => {
    timer.touch();
    touchedMs = monotonicMs();
  }, 5);
  setTimeout(() => clearInterval(interval), 60);
  // The tolerance covers the time between touch() and reading the clock here.
  assert.ok(await called - touchedMs >= 29.9);
  assert.ok(touchedMs > 0);
});

Deno.test("IdleTimer calls back after each further idle period, with the total idle time", async () => {
  const calls: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  using timer = new IdleTimer(10, (idleMs) => {
    calls.push(idleMs);
    if (calls.length === 3) resolve();
  });
  await promise;
  const [first = 0, second = 0, third = 0] = calls;
  assert.ok(first >= 10 && second >= 20 && third >= 30, `${calls}`);
  assert.ok(timer.touch() >= 30);
});

Deno.test("IdleTimer applies a changed limit", async () => {
  const startMs = monotonicMs();
  const { timer, called } = startTimer(5);
  using _ = timer;
  timer.limitMs = 40;
  assert.ok(await called - startMs >= 40);
});

Deno.test("IdleTimer does not call back after it is disposed", async () => {
  let calls = 0;
  {
    using _ = new IdleTimer(1, () => calls++);
  }
  const other = startTimer(20);
  using _ = other.timer;
  await other.called;
  assert.equal(calls, 0);
});
