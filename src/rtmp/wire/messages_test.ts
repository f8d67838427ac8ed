import assert from "node:assert/strict";
import fc from "fast-check";
import { commandMessage, parseCommand } from "./command.ts";
import type { RtmpMessage } from "./message.ts";
import {
  parseProtocolControl,
  parseUserControl,
  type ProtocolControl,
  protocolControlMessage,
  userControlMessage,
} from "./control_messages.ts";
import { RtmpError } from "../rtmp_error.ts";
import { statusOf } from "../server/server_status.ts";

function messageOf(typeId: number, ...bytes: number[]): RtmpMessage {
  const payload = Uint8Array.from(bytes);
  return { chunkStreamId: 2, timestampMs: 0, typeId, streamId: 0, payload };
}

// RTMP 1.0, 5.4.1 to 5.4.5.
for (
  const [control, typeId, bytes] of [
    [{ type: "set-chunk-size", chunkBytes: 4096 }, 1, [0, 0, 16, 0]],
    [{ type: "abort", chunkStreamId: 6 }, 2, [0, 0, 0, 6]],
    [{ type: "acknowledgement", receivedBytes: 0xffff_fffe }, 3, [255, 255, 255, 254]],
    [{ type: "window-acknowledgement-size", windowBytes: 258 }, 5, [0, 0, 1, 2]],
    [{ type: "set-peer-bandwidth", windowBytes: 258, limit: 2 }, 6, [0, 0, 1, 2, 2]],
  ] satisfies [ProtocolControl, number, number[]][]
) {
  Deno.test(`protocolControlMessage and parseProtocolControl encode and decode ${control.type}`, () => {
    const message = messageOf(typeId, ...bytes);
    assert.deepEqual(protocolControlMessage(control), message);
    assert.deepEqual(parseProtocolControl(message), control);
    assert.throws(() => parseProtocolControl(messageOf(typeId, ...bytes.slice(1))), RtmpError);
    assert.equal(parseUserControl(message), undefined);
    assert.equal(parseCommand(message), undefined);
  });
}

Deno.test("parseProtocolControl refuses a window of 0 bytes", () => {
  assert.throws(() => parseProtocolControl(messageOf(5, 0, 0, 0, 0)), RtmpError);
  assert.throws(() => parseProtocolControl(messageOf(6, 0, 0, 0, 0, 1)), RtmpError);
});

Deno.test("parseUserControl decodes known and unknown events", () => {
  const ping = messageOf(4, 0, 6, 1, 2, 3, 4);
  assert.deepEqual(userControlMessage({ event: 6, value: 0x0102_0304 }), ping);
  assert.deepEqual(parseUserControl(ping), { event: 6, value: 0x0102_0304 });
  assert.deepEqual(parseUserControl(messageOf(4, 0, 26)), { event: 26, value: 0 });
  assert.equal(parseUserControl(messageOf(9, 0, 6)), undefined);
  for (const short of [messageOf(4), messageOf(4, 0), messageOf(4, 0, 6, 1)]) {
    assert.throws(() => parseUserControl(short), RtmpError);
  }
});

Deno.test("parseCommand decodes AMF0 commands, also in AMF3 messages", () => {
  const command = { name: "call", transactionId: 3, object: null, args: ["a", { b: true }] };
  const message = commandMessage(command, 1);
  assert.deepEqual([message.typeId, message.streamId], [20, 1]);
  assert.deepEqual(parseCommand(message), command);
  const wrapped = { ...message, typeId: 17, payload: Uint8Array.of(0, ...message.payload) };
  assert.deepEqual(parseCommand(wrapped), command);
  // FFmpeg 5.1's server answers FCPublish with a name only.
  assert.deepEqual(parseCommand(messageOf(20, 2, 0, 1, 0x61)), {
    name: "a",
    transactionId: 0,
    object: null,
    args: [],
  });
  for (const malformed of [messageOf(20), messageOf(20, 5), messageOf(20, 2, 0, 1, 0x61, 5)]) {
    assert.throws(() => parseCommand(malformed), RtmpError);
  }
});

Deno.test("statusOf finds the status wherever servers put it", () => {
  const info = { level: "error", code: "C", description: "D" };
  const command = { name: "_error", transactionId: 1 };
  assert.deepEqual(statusOf({ ...command, object: null, args: [info] }), info);
  assert.deepEqual(statusOf({ ...command, object: info, args: [] }), info);
  assert.deepEqual(statusOf({ ...command, object: {}, args: [null, info] }), info);
  assert.deepEqual(statusOf({ ...command, object: null, args: [{ code: 1 }] }), {
    level: "",
    code: "",
    description: "",
  });
});

Deno.test("The parsers of messages parse any bytes or throw an RtmpError", () => {
  const typeId = fc.constantFrom(1, 2, 3, 4, 5, 6, 17, 20);
  fc.assert(
    fc.property(typeId, fc.uint8Array({ maxLength: 40 }), (typeId, bytes) => {
      const message = messageOf(typeId, ...bytes);
      for (const parse of [parseProtocolControl, parseUserControl, parseCommand]) {
        try {
          parse(message);
        } catch (error) {
          assert.ok(error instanceof RtmpError);
        }
      }
    }),
    { numRuns: 3000 },
  );
});
