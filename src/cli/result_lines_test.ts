import assert from "node:assert/strict";
import { resultLines } from "./result_lines.ts";

Deno.test("resultLines tells the verdict, then every count by its name in words", () => {
  const result = {
    outcome: "threshold_not_met",
    message: "Too few",
    videoFrames: 3,
    sizes: { width: 2 },
  };
  assert.equal(resultLines(result), 'Too few\n  video frames: 3\n  sizes: {"width":2}\n');
});
