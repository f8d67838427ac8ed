import assert from "node:assert/strict";
import { untilQuiet } from "./dummy.ts";

Deno.test("untilQuiet waits for the count to stand still", async () => {
  const counts = [0, 1, 2, 2];
  let looks = 0;
  await untilQuiet(() => counts[looks++] ?? 2, new AbortController().signal);
  assert.equal(looks, 4);
});

Deno.test("untilQuiet gives up on a count that never stands still", async () => {
  let looks = 0;
  await untilQuiet(() => looks++, new AbortController().signal);
  assert.equal(looks, 9);
});

Deno.test("untilQuiet ends with the signal", async () => {
  let looks = 0;
  await untilQuiet(() => looks++, AbortSignal.abort());
  assert.equal(looks, 1);
});
