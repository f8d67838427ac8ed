import assert from "node:assert/strict";
import { resultLines } from "./tester_commands.ts";

Deno.test("resultLines() prints the message, then every count with its name in words", () => {
  const result = {
    outcome: "threshold_not_met",
    message: "Too few",
    videoFrames: 3,
    sizes: { width: 2 },
  };
  assert.equal(resultLines(result), 'Too few\n  video frames: 3\n  sizes: {"width":2}\n');
});
