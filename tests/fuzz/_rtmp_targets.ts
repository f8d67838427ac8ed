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
/** What the publisher reads a server's answers with; see RtmpSession. */
const MAX_SERVER_MESSAGE_BYTES = 1 << 20;
/** Bytes that an input may bring about: the handshake, a dialogue, and answers to what is asked. */
const MOST_OUTPUT = { fixedBytes: 8192, perByte: 20 } as const;

/** Bytes that may wait for a server that asks and does not read. */
const MOST_PENDING_BYTES = 24 * 1024;

/**
 * The publisher's side of a connection reads what a server sends.
 *
 * @param server Whether it reads what it is answered.
 * @throws What is no refusal: the one way in which nothing may end.
 */
export async function readAsPublisher(
  server: "reads" | "is-deaf",
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
    onReconnectRequest: ({ tcUrl }) => refusedOr(() => reconnectUrl(URL, tcUrl)),
  });
  dialogue.begin();
  const reason = await connection.closed;
  assert.ok(connection.pendingBytes <= MOST_PENDING_BYTES, `${connection.pendingBytes} bytes wait`);
  dialogue.leave();
  // A connection takes whatever is thrown for a loss; a fault of ours may not hide there.
  if (reason?.code === "rtmp_lost") throw reason.cause ?? reason;
  assertBounded(stream.writtenBytes, pieces);
}

/** The stub's side reads what a publisher sends behind a good handshake. */
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

/** Either side reads a handshake. */
export function readHandshake(role: "client" | "server", pieces: readonly Uint8Array[]): void {
  const handshake = new Handshake(role);
  let [taken, output] = [0, 0];
  refusedOr(() => {
    for (const piece of pieces) {
      taken += handshake.push(piece);
      output += handshake.takeOutput().length;
    }
  });
  assert.ok(taken <= HANDSHAKE_BYTES && output <= HANDSHAKE_BYTES);
  assert.ok(handshake.done || !handshake.echoed);
}

/** Every reader of AMF0 values reads these. What was read can be written, and is then the same. */
export function readAmf0(payload: Uint8Array): void {
  const { Command: typeId, Data, CommandAmf3, DataAmf3 } = MessageType;
  const { name, object } = { name: "x", object: null };
  const message = commandMessage({ name, transactionId: 0, object, args: [] });
  refusedOr(() => {
    const command = parseCommand({ ...message, typeId, payload });
    if (command !== undefined) statusOf(command);
  });
  refusedOr(() => parseCommand({ ...message, typeId: CommandAmf3, payload }));
  refusedOr(() => parseMetadata({ ...message, typeId: Data, payload }));
  refusedOr(() => parseMetadata({ ...message, typeId: DataAmf3, payload }));
  refusedOr(() => {
    // Values and not bytes: what is no number may be so by other bits the second time.
    const values = decodeAmf0(encodeAmf0(decodeAmf0(payload)));
    assert.deepEqual(decodeAmf0(encodeAmf0(values)), values);
  });
}

/** The stub reads one video message. */
export function readVideo(payload: Uint8Array): void {
  refusedOr(() => parseVideoMessage(payload));
}

function assertRefusal(flaw: unknown): void {
  messageOf(flaw);
}

function refusedOr(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    messageOf(error);
  }
}

/** The words of a refusal; anything else is thrown on. */
function messageOf(error: unknown): string {
  const expected = error instanceof RtmpError || error instanceof RtmpModeMismatch ||
    error instanceof StreamerError && error.code === "invalid_rtmp_url";
  if (!expected) throw error;
  // One line, of a length that fits into a log.
  assert.match(error.message, /^[^\n]{1,1000}$/);
  return error.message;
}

function assertBounded(outputBytes: number, pieces: readonly Uint8Array[]): void {
  const inputBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const { fixedBytes, perByte } = MOST_OUTPUT;
  const most = fixedBytes + perByte * inputBytes;
  assert.ok(outputBytes <= most, `${outputBytes} bytes are answered to ${inputBytes}`);
}

/** A connection whose peer has said all it will say. */
class MemoryStream implements ByteStream {
  writtenBytes = 0;
  readonly #pieces: Uint8Array[];
  readonly #peer: "reads" | "is-deaf";
  #open = true;

  constructor(pieces: readonly Uint8Array[], peer: "reads" | "is-deaf") {
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
    if (this.#peer === "is-deaf") return new Promise(() => {});
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
