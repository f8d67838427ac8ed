import assert from "node:assert/strict";
import { Wariness } from "./wariness.ts";

/** Frames until one is not looked at again, at most 1000. */
function waryFor(wariness: Wariness): number {
  let frames = 0;
  while (frames < 1000 && wariness.settleMs(1000) > 0) {
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

Deno.test("Wariness pauses for no longer than the frame interval allows, once a producer leaves time", () => {
  const wariness = new Wariness();
  for (let i = 0; i < 40; i++) wariness.whole();
  wariness.torn();
  assert.equal(wariness.settleMs(undefined), 3);
  assert.equal(wariness.settleMs(200), 3);
  assert.equal(wariness.settleMs(2), 0.25);
  assert.equal(wariness.settleMs(1), 0.125);
});

Deno.test("Wariness pauses in full for a producer that writes too soon, however fast it is", () => {
  const wariness = new Wariness();
  assert.equal(wariness.settleMs(1), 3, "nothing is known of it yet");
  // Our own pause, which was longer than the interval, is no reason to pause for longer.
  for (let i = 0; i < 30; i++) wariness.torn("patient");
  assert.equal(wariness.settleMs(1), 0.125);
  for (let i = 0; i < 3; i++) wariness.torn();
  assert.equal(wariness.settleMs(1), 3);
  for (let i = 0; i < 60; i++) wariness.whole();
  assert.equal(wariness.settleMs(1), 0.125);
});

Deno.test("Wariness is bounded, and is forgotten where nothing happens any more", () => {
  const wariness = new Wariness();
  for (let i = 0; i < 20; i++) wariness.tornInHindsight();
  for (let i = 0; i < 4096; i++) {
    assert.ok(wariness.settleMs(1000) > 0);
    wariness.whole();
  }
  assert.equal(wariness.settleMs(1000), 0);
  for (let i = 0; i < 10_000; i++) wariness.whole();
  wariness.tornInHindsight();
  assert.equal(waryFor(wariness), 256);
});
