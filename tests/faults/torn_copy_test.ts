import assert from "node:assert/strict";
import { tear } from "./_tearing.ts";

const ENOUGH = 2000;
/** Far more than they take on two processors that others use, too. */
const LIMIT_MS = 180_000;

for (
  const { scenario, what } of [
    { scenario: "metadata", what: "the metadata changed during the copy, and no sampled line" },
    { scenario: "payload", what: "the payload was written over during the copy, not the metadata" },
    {
      scenario: "ahead",
      what: "LEFT of the next frame was whole while the metadata named this one",
    },
  ] as const
) {
  Deno.test(`No torn frame gets through where ${what}`, async () => {
    const tears = await tear(scenario, ENOUGH, LIMIT_MS);
    // deno-lint-ignore no-console
    console.log(JSON.stringify(tears));
    assert.equal(tears.passed, 0, "torn frames were handed on");
    assert.ok(tears.induced >= ENOUGH, `only ${tears.induced} torn copies in ${LIMIT_MS} ms`);
    assert.ok(tears.whole > 0, "a reader that refuses everything proves nothing");
  });
}
