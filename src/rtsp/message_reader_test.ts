import assert from "node:assert/strict";
import * as fc from "fast-check";
import { MAX_BODY_BYTES, MAX_HEAD_BYTES, MessageReader } from "./message_reader.ts";
import { RtspError } from "./rtsp_error.ts";
import type { InterleavedPacket, RtspRequest } from "./rtsp_message.ts";

/** Feeds bytes in pieces, and returns the messages. Packets are copied. */
function read(bytes: Uint8Array, pieceBytes: number): (RtspRequest | InterleavedPacket)[] {
  const reader = new MessageReader();
  const found: (RtspRequest | InterleavedPacket)[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = reader.space();
    const piece = bytes.subarray(at, at + Math.min(pieceBytes, space.length));
    space.set(piece);
    reader.add(piece.length);
    at += piece.length;
    for (let message = reader.next(); message !== undefined; message = reader.next()) {
      found.push(
        message.kind === "packet" ? { ...message, bytes: message.bytes.slice() } : message,
      );
    }
  }
  return found;
}

function bytesOf(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const chunks = parts.map((part) =>
    typeof part === "string" ? new TextEncoder().encode(part) : part
  );
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  chunks.reduce((at, chunk) => (bytes.set(chunk, at), at + chunk.length), 0);
  return bytes;
}

const DESCRIBE = "DESCRIBE rtsp://h/a RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n\r\n";
const SET = "SET_PARAMETER rtsp://h/a RTSP/1.0\r\nCSeq: 3\r\nContent-Length: 4\r\n\r\na: b";
const PACKET = Uint8Array.of(0x24, 1, 0, 3, 0x80, 201, 13);

Deno.test("requests, bodies and packets are found, however the bytes are split", () => {
  const bytes = bytesOf(
    DESCRIBE,
    PACKET,
    SET,
    "\r\n",
    PACKET,
    PACKET,
    DESCRIBE.replaceAll("\r", ""),
  );
  fc.assert(fc.property(fc.integer({ min: 1, max: bytes.length }), (pieceBytes) => {
    const messages = read(bytes, pieceBytes);
    assert.deepEqual(
      messages.map((message) => message.kind === "packet" ? message.channel : message.method),
      ["DESCRIBE", 1, "SET_PARAMETER", 1, 1, "DESCRIBE"],
    );
    const [describe, packet, set] = messages;
    assert.ok(describe?.kind === "request" && packet?.kind === "packet" && set?.kind === "request");
    assert.equal(describe.url, "rtsp://h/a");
    assert.deepEqual([...describe.headers], [["cseq", "2"], ["accept", "application/sdp"]]);
    assert.deepEqual([...packet.bytes], [0x80, 201, 13]);
    assert.equal(new TextDecoder().decode(set.body), "a: b");
  }));
});

Deno.test("repeated header fields are joined", () => {
  const [message] = read(bytesOf("OPTIONS * RTSP/1.0\r\nA: 1\r\na: 2\r\n\r\n"), 1000);
  assert.ok(message?.kind === "request");
  assert.equal(message.headers.get("a"), "1, 2");
});

for (
  const [what, text, status] of [
    ["HTTP", "GET / HTTP/1.1\r\n\r\n", 505],
    ["RTSP 2.0", "OPTIONS * RTSP/2.0\r\n\r\n", 505],
    ["a response", "RTSP/1.0 200 OK\r\n\r\n", 400],
    ["a line with too many words", "OPTIONS * RTSP/1.0 x\r\n\r\n", 400],
    ["a method that is not a token", "OPT(ONS * RTSP/1.0\r\n\r\n", 400],
    ["a field without colon", "OPTIONS * RTSP/1.0\r\nCSeq 1\r\n\r\n", 400],
    ["a folded field", "OPTIONS * RTSP/1.0\r\nA: 1\r\n 2: 3\r\n\r\n", 400],
    ["a negative length", "OPTIONS * RTSP/1.0\r\nContent-Length: -1\r\n\r\n", 400],
    ["a long body", `OPTIONS * RTSP/1.0\r\nContent-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n`, 413],
    ["many fields", `OPTIONS * RTSP/1.0\r\n${"a: b\r\n".repeat(65)}\r\n`, 413],
    ["a long head", `OPTIONS * RTSP/1.0\r\nA: ${"x".repeat(MAX_HEAD_BYTES)}\r\n\r\n`, 413],
    ["a head without an end", `OPTIONS * RTSP/1.0\r\nA: ${"x".repeat(MAX_HEAD_BYTES)}`, 413],
    ["a long URL", `OPTIONS rtsp://h/${"x".repeat(1100)} RTSP/1.0\r\n\r\n`, 414],
  ] as const
) {
  Deno.test(`${what} is refused with ${status}`, () => {
    for (const pieceBytes of [1, 100_000]) {
      assert.throws(
        () => read(bytesOf(text), pieceBytes),
        (error) => error instanceof RtspError && error.status === status,
      );
    }
  });
}

Deno.test("any bytes are read or refused", () => {
  const words = fc.constantFrom(
    "OPTIONS",
    " ",
    "*",
    "RTSP/1.0",
    "\r\n",
    "\n",
    ":",
    "$",
    "\0",
    "Content-Length",
    "9",
  );
  const text = fc.array(words, { maxLength: 40 }).map((parts) => bytesOf(...parts));
  fc.assert(
    fc.property(
      fc.oneof(text, fc.uint8Array({ maxLength: 300 })),
      fc.integer({ min: 1, max: 50 }),
      (bytes, pieceBytes) => {
        try {
          read(bytes, pieceBytes);
        } catch (error) {
          assert.ok(error instanceof RtspError);
        }
      },
    ),
  );
});
