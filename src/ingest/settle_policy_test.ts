import assert from "node:assert/strict";
import { SettlePolicy } from "./settle_policy.ts";

/** Counts the frames until one is not settled, at most 1000. */
function framesUntilTrusted(settlePolicy: SettlePolicy): number {
  let frames = 0;
  while (frames < 1000 && settlePolicy.settleMs(1000) > 0) {
    settlePolicy.intact();
    frames++;
  }
  return frames;
}

Deno.test("SettlePolicy settles the first frames, and those after a torn one", () => {
  const settlePolicy = new SettlePolicy();
  assert.equal(framesUntilTrusted(settlePolicy), 8);
  settlePolicy.torn();
  assert.equal(framesUntilTrusted(settlePolicy), 64);
  for (let i = 0; i < 10; i++) settlePolicy.torn();
  assert.equal(framesUntilTrusted(settlePolicy), 64);
});

Deno.test("SettlePolicy settles more frames after each torn frame that it missed", () => {
  const settlePolicy = new SettlePolicy();
  settlePolicy.tornAfterDelivery();
  assert.equal(framesUntilTrusted(settlePolicy), 256);
  settlePolicy.torn();
  assert.equal(framesUntilTrusted(settlePolicy), 64);
  settlePolicy.tornAfterDelivery();
  settlePolicy.torn();
  assert.equal(framesUntilTrusted(settlePolicy), 1000, "1000 or more");
});

Deno.test("SettlePolicy limits the pause to a share of the frame interval for a producer that leaves time", () => {
  const settlePolicy = new SettlePolicy();
  for (let i = 0; i < 40; i++) settlePolicy.intact();
  settlePolicy.torn();
  assert.equal(settlePolicy.settleMs(undefined), 3);
  assert.equal(settlePolicy.settleMs(200), 3);
  assert.equal(settlePolicy.settleMs(2), 0.25);
  assert.equal(settlePolicy.settleMs(1), 0.125);
});

Deno.test("SettlePolicy pauses for the full time for a producer that writes too early, however fast", () => {
  const settlePolicy = new SettlePolicy();
  assert.equal(settlePolicy.settleMs(1), 3, "the producer is unknown at first");
  // Frames torn because of a long pause must not lengthen it.
  for (let i = 0; i < 30; i++) settlePolicy.torn("long_settle");
  assert.equal(settlePolicy.settleMs(1), 0.125);
  for (let i = 0; i < 3; i++) settlePolicy.torn();
  assert.equal(settlePolicy.settleMs(1), 3);
  for (let i = 0; i < 60; i++) settlePolicy.intact();
  assert.equal(settlePolicy.settleMs(1), 0.125);
});

Deno.test("SettlePolicy settles at most 4096 frames, and forgets missed frames after many intact ones", () => {
  const settlePolicy = new SettlePolicy();
  for (let i = 0; i < 20; i++) settlePolicy.tornAfterDelivery();
  for (let i = 0; i < 4096; i++) {
    assert.ok(settlePolicy.settleMs(1000) > 0);
    settlePolicy.intact();
  }
  assert.equal(settlePolicy.settleMs(1000), 0);
  for (let i = 0; i < 10_000; i++) settlePolicy.intact();
  settlePolicy.tornAfterDelivery();
  assert.equal(framesUntilTrusted(settlePolicy), 256);
});
