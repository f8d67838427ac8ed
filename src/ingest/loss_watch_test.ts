import assert from "node:assert/strict";
import { type Loss, LossWatch } from "./loss_watch.ts";
import type { UnusedReason } from "./unused_reason.ts";

/** Returns the losses reported for 100 frames per second, of which every `usedEach`-th is used. */
function lossesOf(seconds: number, usedEach: number, why: UnusedReason = "torn"): Loss[] {
  const losses: Loss[] = [];
  const watch = new LossWatch((loss) => losses.push(loss));
  for (let frame = 0; frame < 100 * seconds; frame++) {
    const nowMs = 1000 + 10 * frame;
    if (frame % usedEach === 0) watch.used(nowMs);
    else watch.unused(why, nowMs);
  }
  return losses;
}

Deno.test("LossWatch reports each five seconds in which a quarter or more of the frames is lost", () => {
  const losses = lossesOf(11, 3);
  assert.equal(losses.length, 2);
  const [{ announced = 0, seconds, unused } = {}] = losses;
  assert.equal(seconds, 5);
  assert.ok(Math.abs((unused?.get("torn") ?? 0) - announced * 2 / 3) < 2);
});

Deno.test("LossWatch does not report a low loss", () => {
  assert.deepEqual(lossesOf(11, 1), []);
});

Deno.test("LossWatch does not report the loss of a few frames", () => {
  const losses: Loss[] = [];
  const watch = new LossWatch((loss) => losses.push(loss));
  for (let frame = 0; frame < 12; frame++) watch.unused("late", 1000 * frame + 1);
  watch.used(20_000);
  assert.deepEqual(losses, []);
});

Deno.test("LossWatch does not report the loss of all frames", () => {
  const losses: Loss[] = [];
  const watch = new LossWatch((loss) => losses.push(loss));
  for (let frame = 0; frame < 1000; frame++) watch.unused("torn", 10 * frame + 1);
  assert.deepEqual(losses, []);
});
