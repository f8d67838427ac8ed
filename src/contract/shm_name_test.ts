import assert from "node:assert/strict";
import { assertRefused } from "./_testing.ts";
import type { ContractErrorCode } from "../error_code.ts";
import { normalizeShmName } from "./shm_name.ts";

Deno.test("normalizeShmName removes a leading slash", () => {
  assert.equal(normalizeShmName("cvmmap_default"), "cvmmap_default");
  assert.equal(normalizeShmName("/cvmmap_default"), "cvmmap_default");
  assert.equal(normalizeShmName("n".repeat(255)).length, 255);
});

const BROKEN: readonly [ContractErrorCode, string][] = [
  ["shm_name_empty", ""],
  ["shm_name_empty", "/"],
  ["shm_name_slash", "a/b"],
  ["shm_name_slash", "//a"],
  ["shm_name_nul", "a\0"],
  ["shm_name_dots", "."],
  ["shm_name_dots", "/.."],
  ["shm_name_length", "n".repeat(256)],
  ["shm_name_length", "é".repeat(128)],
];

for (const [code, name] of BROKEN) {
  Deno.test(`normalizeShmName refuses ${JSON.stringify(name)} by the rule ${code}`, () => {
    assertRefused(code, () => normalizeShmName(name));
  });
}
