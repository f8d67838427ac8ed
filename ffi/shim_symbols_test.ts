import { SHIM_PATH, testSymbols } from "./_shim_testing.ts";
import assert from "node:assert/strict";
import { shimSymbols } from "./shim.ts";

Deno.test("the shim exports the functions that TypeScript calls, and no others", async () => {
  const { success, stdout, stderr } = await new Deno.Command("nm", {
    args: ["--dynamic", "--defined-only", "--format=posix", SHIM_PATH],
  }).output();
  const text = new TextDecoder();
  assert.ok(success, text.decode(stderr));
  const exported = text.decode(stdout).trim().split("\n").map((line) => line.split(" ")[0]);
  const called = Object.keys({ ...shimSymbols, ...testSymbols });
  assert.deepEqual(exported.toSorted(), called.toSorted());
});
