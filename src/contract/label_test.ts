import assert from "node:assert/strict";
import { assertRefused, patched } from "./_testing.ts";
import { checkLabel, readLabel, writeLabel } from "./label.ts";

const FULL = "abcdefghijklmnopqrstuvwx";

Deno.test("all 24 bytes of a label may be used", () => {
  const region = new Uint8Array(32);
  writeLabel(region, FULL);
  assert.deepEqual([...region.subarray(0, 8)], [0, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(readLabel(region), FULL);
});

Deno.test("a label that does not fit is refused with exit code 2", () => {
  checkLabel(FULL);
  assertRefused("label_length", () => checkLabel(`${FULL}y`), {
    exitCode: 2,
    message: /got 25 bytes, allowed are up to 24/,
  });
  // 13 characters, 26 bytes.
  assertRefused("label_length", () => checkLabel("é".repeat(13)), {
    exitCode: 2,
    message: /got 26 bytes/,
  });
});

Deno.test("a label of other characters is refused with exit code 2", () => {
  assertRefused("label_ascii", () => checkLabel("é\n"), {
    exitCode: 2,
    message: /got 3 bytes .* up to 24/,
  });
  assertRefused("label_ascii", () => checkLabel("\ud800"), { exitCode: 2 });
  assertRefused("label_nul", () => checkLabel("a\0b"), { exitCode: 2 });
});

Deno.test("a label on the wire is ASCII, padded with NUL", () => {
  const region = new Uint8Array(24);
  writeLabel(region, "cam");
  assertRefused("label_ascii", () => readLabel(patched(region, { 1: [0x80] })));
  assertRefused("label_padding", () => readLabel(patched(region, { 4: [0x61] })));
  assertRefused("label_padding", () => readLabel(patched(region, { 23: [0xff] })));
  assert.equal(readLabel(new Uint8Array(24)), "");
});
