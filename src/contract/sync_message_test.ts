import assert from "node:assert/strict";
import fc from "fast-check";
import { mutations, syncMessages } from "./_arbitraries.ts";
import { assertRefused, patched, refusedOr } from "./_testing.ts";
import { decodeSyncMessage, encodeSyncMessage } from "./sync_message.ts";

const MESSAGE = { frameCount: 42, timestampNs: 123456789n, label: "camera_0" };

// Written by hand from the contract's table.
// deno-fmt-ignore
const BYTES = Uint8Array.of(
  0x7d, 0, 1, 0, 42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0x15, 0xcd, 0x5b, 0x07, 0, 0, 0, 0, 0x63, 0x61, 0x6d, 0x65, 0x72, 0x61, 0x5f, 0x30,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
);

Deno.test("a sync message has the contract's layout", () => {
  assert.deepEqual(encodeSyncMessage(MESSAGE), BYTES);
  assert.deepEqual(decodeSyncMessage(BYTES), MESSAGE);
});

Deno.test("decodeSyncMessage reports each rule with its own error code", () => {
  assertRefused("sync_length", () => decodeSyncMessage(BYTES.subarray(1)));
  assertRefused("sync_length", () => decodeSyncMessage(new Uint8Array(49)));
  assertRefused("sync_magic", () => decodeSyncMessage(patched(BYTES, { 0: [0x5a] })));
  assertRefused("sync_version", () => decodeSyncMessage(patched(BYTES, { 2: [2] })));
  assertRefused("sync_version", () => decodeSyncMessage(patched(BYTES, { 2: [0, 1] })));
  assert.equal(decodeSyncMessage(patched(BYTES, { 24: [0xff] })).label, "\udcffamera_0");
  assertRefused("label_padding", () => decodeSyncMessage(patched(BYTES, { 47: [1] })));
});

Deno.test("encodeSyncMessage refuses values that do not fit their fields", () => {
  assertRefused("field_range", () => encodeSyncMessage({ ...MESSAGE, frameCount: 2 ** 32 }));
  assertRefused("field_range", () => encodeSyncMessage({ ...MESSAGE, timestampNs: -1n }));
  assertRefused("label_length", () => encodeSyncMessage({ ...MESSAGE, label: "x".repeat(25) }), {
    message: /got 25 bytes, allowed are up to 24/,
  });
  assertRefused(
    "sync_version",
    () => encodeSyncMessage({ ...MESSAGE, wireVersion: { major: 2, minor: 0 } }),
  );
});

Deno.test("reserved bytes and the version of a sync message are preserved", () => {
  const marked = patched(BYTES, { 1: [9], 2: [0, 0], 8: [1, 2, 3, 4, 5, 6, 7, 8] });
  const message = decodeSyncMessage(marked);
  assert.deepEqual(message.wireVersion, { major: 0, minor: 0 });
  assert.equal(message.label, "camera_0");
  assert.deepEqual(encodeSyncMessage(message), marked);
});

Deno.test("any sync message survives a round trip", () => {
  fc.assert(fc.property(syncMessages, (message) => {
    assert.deepEqual(decodeSyncMessage(encodeSyncMessage(message)), message);
  }));
});

Deno.test("decodeSyncMessage refuses mutated messages or decodes them so that encoding reproduces them", () => {
  fc.assert(fc.property(syncMessages, mutations(48), (valid, changes) => {
    const bytes = encodeSyncMessage(valid);
    for (const [at, value] of changes) bytes[at] = value;
    const message = refusedOr(() => decodeSyncMessage(bytes));
    if (message !== undefined) assert.deepEqual(encodeSyncMessage(message), bytes);
  }));
});
