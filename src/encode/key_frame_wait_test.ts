import assert from "node:assert/strict";
import { KeyFrameWait } from "./key_frame_wait.ts";

Deno.test("KeyFrameWait is over after more frames than allowed", () => {
  const wait = new KeyFrameWait(3);
  const answers = [0, 30, 60, 90].map((nowMs) => wait.countFrame(nowMs));
  assert.deepEqual(answers, [false, false, false, true]);
});

Deno.test("KeyFrameWait is over two seconds after its first frame", () => {
  const wait = new KeyFrameWait(1000);
  const answers = [5000, 6999, 7000].map((nowMs) => wait.countFrame(nowMs));
  assert.deepEqual(answers, [false, false, true]);
});
