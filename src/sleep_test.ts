import assert from "node:assert/strict";
import { sleep } from "./sleep.ts";

Deno.test("sleep() resolves after the time", async () => {
  const before = performance.now();
  await sleep(20, new AbortController().signal);
  assert.ok(performance.now() - before >= 19);
});

Deno.test("sleep() resolves when the signal is aborted, before or during the wait", async () => {
  const before = performance.now();
  const controller = new AbortController();
  const waiting = sleep(60_000, controller.signal);
  controller.abort();
  await waiting;
  await sleep(60_000, controller.signal);
  assert.ok(performance.now() - before < 30_000);
});
