import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { monotonicMs } from "../../ffi/clock.ts";
import { Silence } from "./silence.ts";

/** Resolves once the callback was called, and gives what the steady clock said then. */
function silenceOf(limitMs: number): { silence: Silence; called: Promise<number> } {
  const { promise, resolve } = Promise.withResolvers<number>();
  return { silence: new Silence(limitMs, () => resolve(monotonicMs())), called: promise };
}

Deno.test("Silence calls back when its limit is over, not before", async () => {
  const startMs = monotonicMs();
  const { silence, called } = silenceOf(20);
  using _ = silence;
  assert.ok(await called - startMs >= 20);
});

Deno.test("Silence begins anew with whatever is heard", async () => {
  const { silence, called } = silenceOf(30);
  using _ = silence;
  let heardMs = 0;
  const interval = setInterval(() => {
    silence.heard();
    heardMs = monotonicMs();
  }, 5);
  setTimeout(() => clearInterval(interval), 60);
  // The callback comes after the last word, by the whole limit; heard() and this look within a µs.
  assert.ok(await called - heardMs >= 29.9);
  assert.ok(heardMs > 0);
});

Deno.test("Silence tells of every silence once, and how long it was", async () => {
  let calls = 0;
  let next = Promise.withResolvers<void>();
  using silence = new Silence(10, () => {
    calls++;
    next.resolve();
  });
  for (let round = 1; round <= 2; round++) {
    await next.promise;
    next = Promise.withResolvers<void>();
    const other = silenceOf(15);
    using _ = other.silence;
    await other.called;
    assert.equal(calls, round, "one silence is one call");
    assert.ok(silence.heard() >= 10);
  }
});

Deno.test("Silence says nothing once it is disposed", async () => {
  let calls = 0;
  {
    using _ = new Silence(1, () => calls++);
  }
  const other = silenceOf(20);
  using _ = other.silence;
  await other.called;
  assert.equal(calls, 0);
});
