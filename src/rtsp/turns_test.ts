import assert from "node:assert/strict";
import { Turns } from "./turns.ts";

/** Lets all promises resolve that can, within this turn. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await null;
}

Deno.test("Turns lets 32 messages pass in a turn, whoever they are from", async () => {
  using turns = new Turns();
  let passed = 0;
  const all = Array.from({ length: 100 }, () => turns.take().then(() => passed++));
  await settled();
  assert.equal(passed, 32);
  for (const expected of [64, 96, 100]) {
    // Its timer is the older one.
    await new Promise((resolve) => setTimeout(resolve));
    await settled();
    assert.equal(passed, expected);
  }
  await Promise.all(all);
});

Deno.test("Turns lets all pass when it is disposed, and starts no timer any more", async () => {
  const turns = new Turns();
  const all = Array.from({ length: 100 }, () => turns.take());
  turns[Symbol.dispose]();
  await Promise.all(all);
  await turns.take();
});
