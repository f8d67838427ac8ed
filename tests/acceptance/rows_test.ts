import assert from "node:assert/strict";
import { compatibilityMatrix } from "../../src/config/compatibility.ts";
import { isRefusal } from "../_suite/_schema.ts";
import { TemporaryDirectory } from "../_suite/_testing.ts";
import type { RefusalResult } from "../_suite/summary.ts";
import { productUnderTest } from "../_suite/tested_product.ts";
import { acceptanceRefusals, checkRefusals } from "./refusals.ts";
import { acceptanceRows } from "./rows.ts";

Deno.test("the five mandatory rows are the combinations that run according to the compatibility matrix", () => {
  assert.deepEqual(acceptanceRows().map(({ name }) => name), [
    "rtp-h264",
    "rtp-h265",
    "rtmp-h264",
    "rtmp-h265-enhanced",
    "rtmp-h265-domestic",
  ]);
});

Deno.test("every other combination is a refusal, H.264 in the domestic mode first", () => {
  const refused = compatibilityMatrix.filter(({ outcome }) => outcome.kind === "refused");
  const refusals = acceptanceRefusals();
  assert.equal(refusals.length, refused.length);
  assert.equal(refusals[0]?.name, "rtmp h264 domestic");
  assert.match(refusals[0].message, /RTMP with h264 cannot use --rtmp-mode domestic/);
});

Deno.test("the product refuses them all, with exit code 2 and the message of the matrix", async () => {
  const results = await Array.fromAsync(checkRefusals(await productUnderTest(undefined)));
  assert.equal(results.length, 8);
  for (const result of results) {
    assert.equal(result.verdict, "pass", JSON.stringify(result));
    assert.ok(isRefusal(result), JSON.stringify(isRefusal.errors));
  }
});

Deno.test("checkRefusals() detects a product that accepts a combination or refuses it with another message", async () => {
  using directory = new TemporaryDirectory();
  const [refusal] = acceptanceRefusals();
  const check = async (script: string): Promise<RefusalResult | undefined> => {
    const bin = `${directory.path}/product`;
    const version = '[ "$1" = --version ] && echo cvmmap-streamer 1 && exit\n';
    Deno.writeTextFileSync(bin, `#!/bin/sh\n${version}${script}\n`, { mode: 0o755 });
    const [result] = await Array.fromAsync(checkRefusals(await productUnderTest(bin), [refusal!]));
    return result;
  };
  const line = `echo 'cvmmap-streamer: ${refusal!.message}' >&2`;
  assert.equal((await check(`${line}; exit 2`))?.verdict, "pass");
  assert.equal((await check(`${line}; exit 0`))?.verdict, "fail");
  assert.equal((await check("echo 'cvmmap-streamer: No' >&2; exit 2"))?.verdict, "fail");
  assert.equal((await check(`${line}; echo more >&2; exit 2`))?.verdict, "fail");
});
