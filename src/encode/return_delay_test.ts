import assert from "node:assert/strict";
import { ReturnDelay } from "./return_delay.ts";

/** Passes on this many access units, and then breaks the passthrough at this time. */
function passThenBreak(delay: ReturnDelay, units: number, nowMs: number): void {
  for (let passed = 0; passed < units; passed++) delay.passed();
  delay.broken(nowMs);
}

Deno.test("ReturnDelay has no delay before the first access unit and after many in a row", () => {
  const delay = new ReturnDelay();
  delay.broken(0);
  assert.ok(delay.isOver(0));
  passThenBreak(delay, 5, 10);
  assert.ok(delay.isOver(10));
});

Deno.test("ReturnDelay doubles while only a few come in a row, up to a minute", () => {
  const delay = new ReturnDelay();
  const delays = Array.from({ length: 9 }, () => {
    passThenBreak(delay, 2, 0);
    let nowMs = 0;
    while (!delay.isOver(nowMs)) nowMs += 500;
    return nowMs;
  });
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  passThenBreak(delay, 5, 100_000);
  assert.ok(delay.isOver(100_000));
  passThenBreak(delay, 1, 0);
  assert.ok(!delay.isOver(499) && delay.isOver(500), "the first delay again");
});
