import assert from "node:assert/strict";
import { Backoff } from "./backoff.ts";

const RANGE = { firstMs: 200, longestMs: 1500 };

Deno.test("Backoff doubles its delays up to the longest", () => {
  const backoff = new Backoff(RANGE, () => 1);
  const waits = Array.from({ length: 6 }, () => backoff.next());
  assert.deepEqual(waits, [200, 400, 800, 1500, 1500, 1500]);
  backoff.reset();
  assert.equal(backoff.next(), 200);
});

Deno.test("Backoff chooses a delay between half of the bound and the bound", () => {
  assert.equal(new Backoff(RANGE, () => 0).next(), 100);
  assert.equal(new Backoff(RANGE, () => 0.5).next(), 150);
});
