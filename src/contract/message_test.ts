import assert from "node:assert/strict";
import fc from "fast-check";
import { assertRefused, refusedOr } from "./_testing.ts";
import { decodeMessage } from "./message.ts";
import { encodeStatusMessage, STATUS_MAGIC } from "./status_message.ts";
import { encodeSyncMessage, SYNC_MAGIC } from "./sync_message.ts";

Deno.test("decodeMessage distinguishes sync and status messages by the first byte", () => {
  const sync = { frameCount: 1, timestampNs: 2n, label: "a" };
  assert.deepEqual(decodeMessage(encodeSyncMessage(sync)), { type: "sync", message: sync });
  const status = { status: "offline", label: "b" } as const;
  assert.deepEqual(decodeMessage(encodeStatusMessage(status)), {
    type: "status",
    message: status,
  });
});

Deno.test("decodeMessage refuses empty, unknown and truncated messages", () => {
  assertRefused("message_empty", () => decodeMessage(new Uint8Array()));
  assertRefused("message_magic", () => decodeMessage(Uint8Array.of(0x3c)), { message: /0x3c/ });
  assertRefused("sync_length", () => decodeMessage(Uint8Array.of(SYNC_MAGIC)));
  assertRefused("status_length", () => decodeMessage(Uint8Array.of(STATUS_MAGIC)));
});

Deno.test("decodeMessage refuses any bytes or decodes them so that encoding reproduces them", () => {
  const sizes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.uint8Array({ minLength: 48, maxLength: 48 }),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
  );
  const starts = fc.constantFrom<number[]>([], [SYNC_MAGIC, 0, 1, 0], [
    STATUS_MAGIC,
    0,
    1,
    0,
    0xa1,
    0,
    0,
    0,
  ]);
  fc.assert(
    fc.property(sizes, starts, (bytes, start) => {
      if (bytes.length >= start.length) bytes.set(start);
      const decoded = refusedOr(() => decodeMessage(bytes));
      if (decoded === undefined) return;
      const encoded = decoded.type === "sync"
        ? encodeSyncMessage(decoded.message)
        : encodeStatusMessage(decoded.message);
      assert.deepEqual(encoded, bytes);
    }),
    { numRuns: 1000 },
  );
});
