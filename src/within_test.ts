import assert from "node:assert/strict";
import { within } from "./within.ts";

Deno.test("within() returns whether the promise was fulfilled before the limit", async () => {
  assert.equal(await within(60_000, Promise.resolve(1)), true);
  assert.equal(await within(1, new Promise<void>(() => {})), false);
});

Deno.test("within() throws what the promise rejects with", async () => {
  await assert.rejects(within(60_000, Promise.reject(new Error("early"))), /early/);
});
