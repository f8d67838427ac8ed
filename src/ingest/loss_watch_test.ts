import assert from "node:assert/strict";
import type { Unused } from "./unused.ts";
import { type Loss, LossWatch } from "./loss_watch.ts";

/** Frames of 10 ms for so many seconds, of which each one in `each` is used, and what is told of them. */
function lossOf(seconds: number, each: number, why: Unused = "torn"): Loss[] {
  const told: Loss[] = [];
  const watch = new LossWatch((loss) => told.push(loss));
  for (let frame = 0; frame < 100 * seconds; frame++) {
    const nowMs = 1000 + 10 * frame;
    if (frame % each === 0) watch.used(nowMs);
    else watch.unused(why, nowMs);
  }
  return told;
}

Deno.test("LossWatch tells of each five seconds in which a quarter or more is lost", () => {
  const told = lossOf(11, 3);
  assert.equal(told.length, 2);
  const [{ announced = 0, seconds, unused } = {}] = told;
  assert.equal(seconds, 5);
  assert.ok(Math.abs((unused?.get("torn") ?? 0) - announced * 2 / 3) < 2);
});

Deno.test("LossWatch says nothing of little loss, of few frames, and where nothing gets through", () => {
  const few: Loss[] = [];
  const watch = new LossWatch((loss) => few.push(loss));
  for (let frame = 0; frame < 12; frame++) watch.unused("late", 1000 * frame + 1);
  watch.used(20_000);
  assert.deepEqual([lossOf(11, 1), few], [[], []]);
  const none: Loss[] = [];
  const silent = new LossWatch((loss) => none.push(loss));
  for (let frame = 0; frame < 1000; frame++) silent.unused("torn", 10 * frame + 1);
  assert.deepEqual(none, []);
});
