import assert from "node:assert/strict";
import { StreamerError } from "../../src/errors.ts";
import { encodeAmf0 } from "../../src/rtmp/amf0/amf0_encode.ts";
import { decodeAmf0 } from "../../src/rtmp/amf0/amf0_decode.ts";
import { commandMessage, parseCommand } from "../../src/rtmp/wire/command.ts";
import { Handshake, HANDSHAKE_BYTES } from "../../src/rtmp/wire/handshake.ts";
import { MessageType } from "../../src/rtmp/wire/message.ts";
import { PublishDialogue } from "../../src/rtmp/client/publish_dialogue.ts";
import { reconnectUrl } from "../../src/rtmp/client/reconnect_url.ts";
import { type ByteStream, RtmpConnection } from "../../src/rtmp/client/rtmp_connection.ts";
import { RtmpError } from "../../src/rtmp/rtmp_error.ts";
import { statusOf } from "../../src/rtmp/server/server_status.ts";
import { ServerSession } from "../../src/rtmp/server/server_session.ts";
import { parseRtmpUrl } from "../../src/rtmp/url.ts";
import type { VideoFormat } from "../../src/rtmp/flv/video_packaging.ts";
import { parseVideoMessage } from "../../src/rtmp/flv/video_parse.ts";
import { parseMetadata } from "../../src/testers/rtmp_metadata_check.ts";
import { RtmpModeMismatch, RtmpVideoCheck } from "../../src/testers/rtmp_video_check.ts";
import { noCounts } from "../../src/testers/rtmp_stub_counts.ts";

const URL = parseRtmpUrl("rtmp://user:s3cret@127.0.0.1/live/k3y");
/** The publisher's limit for messages from a server; see RtmpSession. */
const MAX_SERVER_MESSAGE_BYTES = 1 << 20;
/** Maximum output for an input: the handshake and the dialogue, plus replies per input byte. */
const MAX_OUTPUT = { fixedBytes: 8192, perByte: 20 } as const;

/** Maximum number of bytes that may be buffered for a server that sends requests but reads no replies. */
const MAX_PENDING_BYTES = 24 * 1024;

/**
 * Feeds a server's messages to the publisher's side of a connection.
 *
 * @param server Whether the server reads the publisher's messages.
 * @throws Any error that is not a refusal; it is a finding.
 */
export async function readAsPublisher(
  server: "reads" | "never-reads",
  pieces: readonly Uint8Array[],
): Promise<void> {
  const stream = new MemoryStream(pieces, server);
  const connection = new RtmpConnection(stream, {
    role: "client",
    maxMessageBytes: MAX_SERVER_MESSAGE_BYTES,
    onMessage: (message) => dialogue.receive(message),
    onUnreadable: assertRefusal,
  });
  const dialogue = new PublishDialogue({
    url: URL,
    send: (message) => connection.send(message),
    onUnreadable: assertRefusal,
    onReconnectRequest: ({ tcUrl }) => ignoreRefusal(() => reconnectUrl(URL, tcUrl)),
  });
  dialogue.begin();
  const reason = await connection.closed;
  assert.ok(
    connection.pendingBytes <= MAX_PENDING_BYTES,
    `${connection.pendingBytes} bytes are pending`,
  );
  dialogue.leave();
  // A connection reports any error as a connection loss; rethrow it, so that no finding is hidden.
  if (reason?.code === "rtmp_lost") throw reason.cause ?? reason;
  assertBounded(stream.writtenBytes, pieces);
}

/** Feeds what a publisher sends after a valid handshake to the stub server. */
export function readAsStub(format: VideoFormat, pieces: readonly Uint8Array[]): void {
  const check = new RtmpVideoCheck(format, noCounts());
  const session = new ServerSession({ onMedia: (message) => void check.push(message) });
  const client = new Handshake("client");
  session.push(client.takeOutput());
  client.push(session.takeOutput());
  session.push(client.takeOutput());
  let outputBytes = 0;
  try {
    for (const piece of pieces) {
      session.push(piece);
      outputBytes += session.takeOutput().length;
    }
    session.end();
  } catch (error) {
    session.end(messageOf(error));
  }
  session.report();
  assertBounded(outputBytes + session.takeOutput().length, pieces);
}

/** Feeds a handshake to one of the peers. */
export function readHandshake(role: "client" | "server", pieces: readonly Uint8Array[]): void {
  const handshake = new Handshake(role);
  let [consumed, output] = [0, 0];
  ignoreRefusal(() => {
    for (const piece of pieces) {
      consumed += handshake.push(piece);
      output += handshake.takeOutput().length;
    }
  });
  assert.ok(consumed <= HANDSHAKE_BYTES && output <= HANDSHAKE_BYTES);
  assert.ok(handshake.done || !handshake.echoed);
}

/** Feeds a payload to all parsers of AMF0 values. Decoded values must survive encoding and decoding again. */
export function readAmf0(payload: Uint8Array): void {
  const { Command: typeId, Data, CommandAmf3, DataAmf3 } = MessageType;
  const { name, object } = { name: "x", object: null };
  const message = commandMessage({ name, transactionId: 0, object, args: [] });
  ignoreRefusal(() => {
    const command = parseCommand({ ...message, typeId, payload });
    if (command !== undefined) statusOf(command);
  });
  ignoreRefusal(() => parseCommand({ ...message, typeId: CommandAmf3, payload }));
  ignoreRefusal(() => parseMetadata({ ...message, typeId: Data, payload }));
  ignoreRefusal(() => parseMetadata({ ...message, typeId: DataAmf3, payload }));
  ignoreRefusal(() => {
    // Compares values instead of bytes, because NaN can be encoded with other bits the second time.
    const values = decodeAmf0(encodeAmf0(decodeAmf0(payload)));
    assert.deepEqual(decodeAmf0(encodeAmf0(values)), values);
  });
}

/** Feeds a video message to the stub's parser. */
export function readVideo(payload: Uint8Array): void {
  ignoreRefusal(() => parseVideoMessage(payload));
}

function assertRefusal(flaw: unknown): void {
  messageOf(flaw);
}

function ignoreRefusal(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    messageOf(error);
  }
}

/** Returns the message of a refusal; rethrows any other error. */
function messageOf(error: unknown): string {
  const expected = error instanceof RtmpError || error instanceof RtmpModeMismatch ||
    error instanceof StreamerError && error.code === "invalid_rtmp_url";
  if (!expected) throw error;
  // A log message: one line of limited length.
  assert.match(error.message, /^[^\n]{1,1000}$/);
  return error.message;
}

function assertBounded(outputBytes: number, pieces: readonly Uint8Array[]): void {
  const inputBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const { fixedBytes, perByte } = MAX_OUTPUT;
  const maxBytes = fixedBytes + perByte * inputBytes;
  assert.ok(outputBytes <= maxBytes, `${outputBytes} bytes of output for ${inputBytes} of input`);
}

/** A connection whose peer has already sent everything. */
class MemoryStream implements ByteStream {
  writtenBytes = 0;
  readonly #pieces: Uint8Array[];
  readonly #peer: "reads" | "never-reads";
  #open = true;

  constructor(pieces: readonly Uint8Array[], peer: "reads" | "never-reads") {
    this.#peer = peer;
    this.#pieces = [...pieces].reverse();
  }

  read(buffer: Uint8Array): Promise<number | null> {
    const piece = this.#pieces.pop();
    if (piece === undefined) return Promise.resolve(null);
    const length = Math.min(piece.length, buffer.length);
    buffer.set(piece.subarray(0, length));
    if (length < piece.length) this.#pieces.push(piece.subarray(length));
    return Promise.resolve(length);
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#peer === "never-reads") return new Promise(() => {});
    if (this.#open) this.writtenBytes += bytes.length;
    return Promise.resolve(bytes.length);
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#open = false;
  }
}
