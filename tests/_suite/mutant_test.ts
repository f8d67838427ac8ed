import assert from "node:assert/strict";
import { Mutant } from "./mutant.ts";
import { productUnderTest } from "./tested_product.ts";

const file = "src/bitstream/codec.ts";

Deno.test("Mutant is the product, but for its edits, and gone afterwards", async () => {
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

Deno.test("Mutant refuses an edit of what is not there, or there twice", async () => {
  const edit = { file, find: "no such text", replace: "" };
  await assert.rejects(Mutant.make([edit]), /codec\.ts has 0 times, not once: no such text/);
  await assert.rejects(Mutant.make([{ ...edit, find: "e" }]), /has \d+ times, not once: e/);
});
