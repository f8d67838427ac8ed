import assert from "node:assert/strict";
import { SettlePolicy } from "./settle_policy.ts";

/** Frames until one is not looked at again, at most 1000. */
function framesUntilTrusted(settlePolicy: SettlePolicy): number {
  let frames = 0;
  while (frames < 1000 && settlePolicy.settleMs(1000) > 0) {
    settlePolicy.whole();
    frames++;
  }
  return frames;
}

Deno.test("SettlePolicy ends with the first frames, and comes back with a torn one", () => {
  const settlePolicy = new SettlePolicy();
  assert.equal(framesUntilTrusted(settlePolicy), 8);
  settlePolicy.torn();
  assert.equal(framesUntilTrusted(settlePolicy), 64);
  for (const _ of "torn again") settlePolicy.torn();
  assert.equal(framesUntilTrusted(settlePolicy), 64);
});

Deno.test("SettlePolicy lasts longer each time that it was too short", () => {
  const settlePolicy = new SettlePolicy();
  settlePolicy.tornInHindsight();
  assert.equal(framesUntilTrusted(settlePolicy), 256);
  settlePolicy.torn();
  assert.equal(framesUntilTrusted(settlePolicy), 64);
  settlePolicy.tornInHindsight();
  settlePolicy.torn();
  assert.equal(framesUntilTrusted(settlePolicy), 1000, "as far as was counted");
});

Deno.test("SettlePolicy pauses for no longer than the frame interval allows, once a producer leaves time", () => {
  const settlePolicy = new SettlePolicy();
  for (let i = 0; i < 40; i++) settlePolicy.whole();
  settlePolicy.torn();
  assert.equal(settlePolicy.settleMs(undefined), 3);
  assert.equal(settlePolicy.settleMs(200), 3);
  assert.equal(settlePolicy.settleMs(2), 0.25);
  assert.equal(settlePolicy.settleMs(1), 0.125);
});

Deno.test("SettlePolicy pauses in full for a producer that writes too soon, however fast it is", () => {
  const settlePolicy = new SettlePolicy();
  assert.equal(settlePolicy.settleMs(1), 3, "nothing is known of it yet");
  // Our own pause, which was longer than the interval, is no reason to pause for longer.
  for (let i = 0; i < 30; i++) settlePolicy.torn("patient");
  assert.equal(settlePolicy.settleMs(1), 0.125);
  for (let i = 0; i < 3; i++) settlePolicy.torn();
  assert.equal(settlePolicy.settleMs(1), 3);
  for (let i = 0; i < 60; i++) settlePolicy.whole();
  assert.equal(settlePolicy.settleMs(1), 0.125);
});

Deno.test("SettlePolicy is bounded, and is forgotten where nothing happens any more", () => {
  const settlePolicy = new SettlePolicy();
  for (let i = 0; i < 20; i++) settlePolicy.tornInHindsight();
  for (let i = 0; i < 4096; i++) {
    assert.ok(settlePolicy.settleMs(1000) > 0);
    settlePolicy.whole();
  }
  assert.equal(settlePolicy.settleMs(1000), 0);
  for (let i = 0; i < 10_000; i++) settlePolicy.whole();
  settlePolicy.tornInHindsight();
  assert.equal(framesUntilTrusted(settlePolicy), 256);
});
