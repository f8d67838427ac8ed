import assert from "node:assert/strict";
import { untilQuiet } from "./dummy.ts";

Deno.test("untilQuiet() waits until the count stops changing", async () => {
  const counts = [0, 1, 2, 2];
  let calls = 0;
  await untilQuiet(() => counts[calls++] ?? 2, new AbortController().signal);
  assert.equal(calls, 4);
});

Deno.test("untilQuiet() gives up on a count that keeps changing", async () => {
  let calls = 0;
  await untilQuiet(() => calls++, new AbortController().signal);
  assert.equal(calls, 9);
});

Deno.test("untilQuiet() ends when the signal is aborted", async () => {
  let calls = 0;
  await untilQuiet(() => calls++, AbortSignal.abort());
  assert.equal(calls, 1);
});
