import assert from "node:assert/strict";
import { tear } from "./_tearing.ts";

const ENOUGH = 2000;
/** Much more than needed on two shared CPU cores. */
const LIMIT_MS = 180_000;

for (
  const { scenario, what } of [
    { scenario: "metadata", what: "the metadata changed during the copy, but no sampled line" },
    {
      scenario: "payload",
      what: "the payload was overwritten during the copy, but not the metadata",
    },
    {
      scenario: "ahead",
      what: "LEFT of the next frame was complete while the metadata named this one",
    },
  ] as const
) {
  Deno.test(`No torn frame gets through where ${what}`, async () => {
    const tears = await tear(scenario, ENOUGH, LIMIT_MS);
    // deno-lint-ignore no-console
    console.log(JSON.stringify(tears));
    assert.equal(tears.passed, 0, "torn frames were returned as whole");
    assert.ok(tears.induced >= ENOUGH, `only ${tears.induced} torn copies in ${LIMIT_MS} ms`);
    assert.ok(tears.whole > 0, "a reader that refuses everything proves nothing");
  });
}
