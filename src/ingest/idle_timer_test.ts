import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { monotonicMs } from "../../ffi/clock.ts";
import { IdleTimer } from "./idle_timer.ts";

/** Resolves once the callback was called, and gives what the steady clock said then. */
function timerOf(limitMs: number): { timer: IdleTimer; called: Promise<number> } {
  const { promise, resolve } = Promise.withResolvers<number>();
  return { timer: new IdleTimer(limitMs, () => resolve(monotonicMs())), called: promise };
}

Deno.test("IdleTimer calls back when its limit is over, not before", async () => {
  const startMs = monotonicMs();
  const { timer, called } = timerOf(20);
  using _ = timer;
  assert.ok(await called - startMs >= 20);
});

Deno.test("IdleTimer begins anew with whatever is heard", async () => {
  const { timer, called } = timerOf(30);
  using _ = timer;
  let heardMs = 0;
  const interval = setInterval(() => {
    timer.touch();
    heardMs = monotonicMs();
  }, 5);
  setTimeout(() => clearInterval(interval), 60);
  // The callback comes after the last word, by the whole limit; touch() and this look within a µs.
  assert.ok(await called - heardMs >= 29.9);
  assert.ok(heardMs > 0);
});

Deno.test("IdleTimer calls back again after each further idle time, and says how long it was", async () => {
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

Deno.test("IdleTimer goes by a limit that was changed", async () => {
  const startMs = monotonicMs();
  const { timer, called } = timerOf(5);
  using _ = timer;
  timer.limitMs = 40;
  assert.ok(await called - startMs >= 40);
});

Deno.test("IdleTimer says nothing once it is disposed", async () => {
  let calls = 0;
  {
    using _ = new IdleTimer(1, () => calls++);
  }
  const other = timerOf(20);
  using _ = other.timer;
  await other.called;
  assert.equal(calls, 0);
});
