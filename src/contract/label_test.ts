import assert from "node:assert/strict";
import fc from "fast-check";
import { assertRefused, patched } from "./_testing.ts";
import { checkLabel, readLabel, showLabel, writeLabel } from "./label.ts";

const FULL = "abcdefghijklmnopqrstuvwx";

Deno.test("a label may have 24 bytes", () => {
  const region = new Uint8Array(32);
  writeLabel(region, FULL);
  assert.deepEqual([...region.subarray(0, 8)], [0, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(readLabel(region), FULL);
});

Deno.test("a label that does not fit is refused", () => {
  checkLabel(FULL);
  assertRefused("label_length", () => checkLabel(`${FULL}y`), {
    message: /got 25 bytes, allowed are up to 24/,
  });
  // 13 characters, 26 bytes.
  assertRefused("label_length", () => checkLabel("é".repeat(13)), {
    message: /got 26 bytes/,
  });
});

Deno.test("checkLabel refuses characters outside ASCII, and NUL", () => {
  assertRefused("label_ascii", () => checkLabel("é\n"), {
    message: /got 3 bytes .* up to 24/,
  });
  assertRefused("label_ascii", () => checkLabel("\ud800"));
  assertRefused("label_nul", () => checkLabel("a\0b"));
});

Deno.test("readLabel refuses padding other than NUL", () => {
  const region = new Uint8Array(24);
  writeLabel(region, "cam");
  assertRefused("label_padding", () => readLabel(patched(region, { 4: [0x61] })));
  assertRefused("label_padding", () => readLabel(patched(region, { 23: [0xff] })));
  assert.equal(readLabel(new Uint8Array(24)), "");
});

Deno.test("readLabel decodes UTF-8, and any other bytes survive a round trip", () => {
  const region = new Uint8Array(24);
  region.set(new TextEncoder().encode("Kamera-größe-左-📷"));
  assert.equal(readLabel(region), "Kamera-größe-左-📷");
  const any = fc.uint8Array({ maxLength: 24 }).map((bytes) => bytes.filter((byte) => byte !== 0));
  fc.assert(fc.property(any, (bytes) => {
    const read = new Uint8Array(24);
    read.set(bytes);
    const again = new Uint8Array(24);
    writeLabel(again, readLabel(read));
    assert.deepEqual(again, read);
  }));
});

Deno.test("showLabel escapes everything that is not a printable character", () => {
  const region = new Uint8Array(24);
  region.set([0x61, 0x1b, 0x5b, 0x0a, 0xc3, 0xa9]);
  assert.equal(showLabel(readLabel(region)), "a\\x1b[\\x0aé");
  // Cut within a character.
  region.set([0x61, 0xe5, 0xb7, 0, 0, 0]);
  assert.equal(showLabel(readLabel(region)), "a\\xe5\\xb7");
  assert.equal(showLabel("\u2028\u0085"), "\\u2028\\x85");
});
