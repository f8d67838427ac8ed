import assert from "node:assert/strict";
import fc from "fast-check";
import { mutations, statusMessages } from "./_arbitraries.ts";
import { assertRefused, patched, refusedOr } from "./_testing.ts";
import { decodeStatusMessage, encodeStatusMessage } from "./status_message.ts";

const MESSAGE = { status: "stream_reset", label: "cam" } as const;

// Written by hand from the contract's table.
const BYTES = new Uint8Array(32);
BYTES.set([0x5a, 0, 1, 0, 0xb0, 0, 0, 0, 0x63, 0x61, 0x6d]);

Deno.test("a status message has the contract's layout", () => {
  assert.deepEqual(encodeStatusMessage(MESSAGE), BYTES);
  assert.deepEqual(decodeStatusMessage(BYTES), MESSAGE);
});

Deno.test("each status has its code", () => {
  for (const [status, code] of [["online", 0xa1], ["offline", 0xa0]] as const) {
    const bytes = encodeStatusMessage({ status, label: "" });
    assert.equal(bytes[4], code);
    assert.equal(decodeStatusMessage(bytes).status, status);
  }
});

Deno.test("decodeStatusMessage reports each rule with its own error code", () => {
  assertRefused("status_length", () => decodeStatusMessage(BYTES.subarray(1)));
  assertRefused("status_length", () => decodeStatusMessage(new Uint8Array(33)));
  assertRefused("status_magic", () => decodeStatusMessage(patched(BYTES, { 0: [0x7d] })));
  assertRefused("status_version", () => decodeStatusMessage(patched(BYTES, { 2: [2] })));
  assertRefused("status_value", () => decodeStatusMessage(patched(BYTES, { 4: [0xa2] })));
  assertRefused("status_value", () => decodeStatusMessage(patched(BYTES, { 7: [0x80] })));
  assertRefused("label_padding", () => decodeStatusMessage(patched(BYTES, { 31: [1] })));
});

Deno.test("encodeStatusMessage refuses an invalid label or version", () => {
  assertRefused("label_nul", () => encodeStatusMessage({ ...MESSAGE, label: "\0" }));
  assertRefused(
    "status_version",
    () => encodeStatusMessage({ ...MESSAGE, wireVersion: { major: 3, minor: 0 } }),
  );
});

Deno.test("any status message survives a round trip", () => {
  fc.assert(fc.property(statusMessages, (message) => {
    assert.deepEqual(decodeStatusMessage(encodeStatusMessage(message)), message);
  }));
});

Deno.test("decodeStatusMessage refuses mutated messages or decodes them so that encoding reproduces them", () => {
  fc.assert(fc.property(statusMessages, mutations(32), (valid, changes) => {
    const bytes = encodeStatusMessage(valid);
    for (const [at, value] of changes) bytes[at] = value;
    const message = refusedOr(() => decodeStatusMessage(bytes));
    if (message !== undefined) assert.deepEqual(encodeStatusMessage(message), bytes);
  }));
});
