import assert from "node:assert/strict";
import { Wariness } from "./wariness.ts";

/** Frames until one is not looked at again, at most 1000. */
function waryFor(wariness: Wariness): number {
  let frames = 0;
  while (frames < 1000 && wariness.settleMs(true) > 0) {
    wariness.whole();
    frames++;
  }
  return frames;
}

Deno.test("Wariness ends with the first frames, and comes back with a torn one", () => {
  const wariness = new Wariness();
  assert.equal(waryFor(wariness), 8);
  wariness.torn();
  assert.equal(waryFor(wariness), 64);
  for (const _ of "torn again") wariness.torn();
  assert.equal(waryFor(wariness), 64);
});

Deno.test("Wariness lasts longer each time that it was too short", () => {
  const wariness = new Wariness();
  wariness.tornInHindsight();
  assert.equal(waryFor(wariness), 256);
  wariness.torn();
  assert.equal(waryFor(wariness), 64);
  wariness.tornInHindsight();
  wariness.torn();
  assert.equal(waryFor(wariness), 1000, "as far as was counted");
});

Deno.test("Wariness never trusts a frame whose payload nobody saw when it was announced", () => {
  const wariness = new Wariness(5);
  waryFor(wariness);
  assert.equal(wariness.settleMs(true), 0);
  assert.equal(wariness.settleMs(false), 5);
});
