import assert from "node:assert/strict";
import { Mutant } from "./mutant.ts";
import { productUnderTest } from "./tested_product.ts";

const file = "src/bitstream/codec.ts";

Deno.test("Mutant is the product with the edits applied, and is removed on disposal", async () => {
  let bin = "";
  {
    const edit = { file: "deno.json", find: '"version": "', replace: '"version": "mutant-' };
    await using mutant = await Mutant.make([edit]);
    bin = mutant.bin;
    const { version, kind } = await productUnderTest(bin);
    assert.match(version, /^mutant-\d/);
    assert.equal(kind, "executable");
  }
  assert.throws(() => Deno.statSync(bin), Deno.errors.NotFound);
});

Deno.test("Mutant refuses an edit whose text is missing or occurs more than once", async () => {
  const edit = { file, find: "no such text", replace: "" };
  await assert.rejects(
    Mutant.make([edit]),
    /codec\.ts: expected one occurrence, got 0, of: no such text/,
  );
  await assert.rejects(
    Mutant.make([{ ...edit, find: "e" }]),
    /expected one occurrence, got \d+, of: e/,
  );
});
