import assert from "node:assert/strict";
import { within } from "./within.ts";

Deno.test("within tells what came in time from what did not", async () => {
  assert.equal(await within(60_000, Promise.resolve(1)), true);
  assert.equal(await within(1, new Promise<void>(() => {})), false);
});

Deno.test("within throws what fails in time", async () => {
  await assert.rejects(within(60_000, Promise.reject(new Error("early"))), /early/);
});
