import assert from "node:assert/strict";
import { RateLimit } from "./rate_limit.ts";

Deno.test("RateLimit allows a burst, and then one message per interval with the count of suppressed ones", () => {
  const limit = new RateLimit({ burst: 3, everyMs: 1000 });
  assert.deepEqual([5000, 5001, 5002, 5003, 5004].map((ms) => limit.take(ms)), [
    0,
    0,
    0,
    undefined,
    undefined,
  ]);
  assert.equal(limit.take(6000), 2);
  assert.equal(limit.take(6500), undefined);
  assert.equal(limit.take(7000), 1);
});

Deno.test("RateLimit allows a full burst again after a pause", () => {
  const limit = new RateLimit({ burst: 2, everyMs: 1000 });
  for (const ms of [0, 1, 2]) limit.take(ms);
  assert.deepEqual([60_000, 60_001, 60_002].map((ms) => limit.take(ms)), [1, 0, undefined]);
});

Deno.test("RateLimit bounds the messages per minute at any rate", () => {
  const limit = new RateLimit({ burst: 2, everyMs: 20_000 });
  let logged = 0;
  let counted = 0;
  for (let ms = 0; ms < 60_000; ms += 2) {
    const suppressed = limit.take(ms);
    if (suppressed === undefined) continue;
    logged++;
    counted += suppressed + 1;
  }
  assert.equal(logged, 4);
  assert.ok(counted > 20_000);
});
