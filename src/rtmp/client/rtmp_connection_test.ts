import assert from "node:assert/strict";
import fc from "fast-check";
import { StreamerError } from "../../errors.ts";
import { ByteBuffer } from "../wire/byte_buffer.ts";
import { ChunkReader } from "../wire/chunk_reader.ts";
import { ChunkWriter } from "../wire/chunk_writer.ts";
import { HANDSHAKE_BYTES } from "../wire/handshake.ts";
import type { RtmpMessage } from "../wire/message.ts";
import { PublishDialogue } from "./publish_dialogue.ts";
import { protocolControlMessage, userControlMessage } from "../wire/control_messages.ts";
import { type ByteStream, RtmpConnection } from "./rtmp_connection.ts";
import { parseRtmpUrl } from "../url.ts";

/** A stream with input from a test. It accepts output until it is blocked. */
class FakeStream implements ByteStream {
  readonly written: number[] = [];
  readonly events: string[] = [];
  #input: (Uint8Array | null)[] = [];
  #arrived = Promise.withResolvers<void>();
  #closed = Promise.withResolvers<never>();
  isBlocked = false;

  constructor() {
    this.#closed.promise.catch(() => {});
  }

  feed(bytes: Uint8Array | null): void {
    this.#input.push(bytes);
    this.#arrived.resolve();
  }

  fail(error: Error): void {
    this.#closed.reject(error);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#input.length === 0) {
      this.#arrived = Promise.withResolvers();
      await Promise.race([this.#arrived.promise, this.#closed.promise]);
    }
    const next = this.#input[0] ?? null;
    if (next === null) return null;
    const part = next.subarray(0, buffer.length);
    buffer.set(part);
    if (part.length === next.length) this.#input.shift();
    else this.#input[0] = next.subarray(part.length);
    return part.length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.isBlocked) return await this.#closed.promise;
    // Partial writes, which sockets may do.
    const part = bytes.subarray(0, Math.ceil(bytes.length / 2));
    this.written.push(...part);
    return part.length;
  }

  closeWrite(): Promise<void> {
    this.events.push("closeWrite");
    return Promise.resolve();
  }

  close(): void {
    this.events.push("close");
    this.#closed.reject(new Deno.errors.BadResource("closed"));
  }

  /** The messages written after the handshake. */
  get messages(): RtmpMessage[] {
    const messages: RtmpMessage[] = [];
    const bytes = Uint8Array.from(this.written.slice(HANDSHAKE_BYTES));
    new ChunkReader((message) => messages.push(message)).push(bytes);
    return messages;
  }
}

function chunksOf(...messages: RtmpMessage[]): Uint8Array {
  const buffer = new ByteBuffer();
  const writer = new ChunkWriter();
  for (const message of messages) writer.write(buffer, message);
  return buffer.bytes;
}

function handshakeOf(): Uint8Array {
  return Uint8Array.of(3, ...new Uint8Array(HANDSHAKE_BYTES - 1));
}

async function connected(
  role: "client" | "server" = "client",
): Promise<{ stream: FakeStream; connection: RtmpConnection; received: RtmpMessage[] }> {
  const stream = new FakeStream();
  const received: RtmpMessage[] = [];
  const connection = new RtmpConnection(stream, { role, onMessage: (m) => received.push(m) });
  stream.feed(handshakeOf());
  await connection.ready;
  await connection.flushed();
  return { stream, connection, received };
}

/** The peer of a connection, which is closed at the end. */
class Peer implements Disposable {
  readonly stream: FakeStream;
  readonly connection: RtmpConnection;
  readonly #received: RtmpMessage[];
  readonly #writer = new ChunkWriter();

  constructor(parts: Awaited<ReturnType<typeof connected>>) {
    this.stream = parts.stream;
    this.connection = parts.connection;
    this.#received = parts.received;
  }

  /** Sends messages from the peer and waits until they are read and answered. */
  async exchange(...messages: RtmpMessage[]): Promise<void> {
    const before = this.connection.receivedBytes;
    const buffer = new ByteBuffer();
    for (const message of messages) this.#writer.write(buffer, message);
    this.stream.feed(buffer.bytes.slice());
    while (this.connection.receivedBytes < before + buffer.length) await Promise.resolve();
    if (!this.stream.isBlocked) await this.connection.flushed();
  }

  [Symbol.dispose](): void {
    assert.ok(this.#received.every(({ typeId }) => typeId === 18));
    this.connection.close();
  }
}

const END: RtmpMessage = {
  chunkStreamId: 4,
  timestampMs: 0,
  typeId: 18,
  streamId: 1,
  payload: Uint8Array.of(5),
};

for (const role of ["client", "server"] as const) {
  Deno.test(`RtmpConnection as ${role} completes the handshake and partial writes`, async () => {
    const { stream, connection } = await connected(role);
    assert.equal(stream.written.length, HANDSHAKE_BYTES);
    const payload = crypto.getRandomValues(new Uint8Array(5000));
    const messages = [1, 2, 3].map((timestampMs) => ({ ...END, timestampMs, payload }));
    for (const message of messages) connection.send(message);
    assert.ok(connection.pendingBytes > 15_000);
    await connection.flushed();
    assert.deepEqual(stream.messages, messages);
    assert.equal(connection.pendingBytes, 0);
    assert.equal(connection.sentBytes, stream.written.length);
    connection.close();
  });
}

Deno.test("RtmpConnection answers each new bandwidth with its window once", async () => {
  using peer = new Peer(await connected());
  const bandwidth = (windowBytes: number): RtmpMessage =>
    protocolControlMessage({ type: "set-peer-bandwidth", windowBytes, limit: 2 });
  await peer.exchange(bandwidth(1000), bandwidth(1000), bandwidth(2000));
  assert.deepEqual(
    peer.stream.messages,
    [1000, 2000].map((windowBytes) =>
      protocolControlMessage({ type: "window-acknowledgement-size", windowBytes })
    ),
  );
});

Deno.test("RtmpConnection acknowledges at half the window, once the peer has set one", async () => {
  using peer = new Peer(await connected());
  const padding = { ...END, payload: new Uint8Array(600) };
  await peer.exchange(padding, padding, padding);
  assert.equal(peer.stream.messages.length, 0);
  await peer.exchange(
    protocolControlMessage({ type: "window-acknowledgement-size", windowBytes: 20_000 }),
  );
  assert.equal(peer.stream.messages.length, 0);
  for (let i = 0; i < 20; i++) await peer.exchange(padding);
  const acknowledged = peer.stream.messages.map(({ typeId, payload }) => [
    typeId,
    new DataView(payload.buffer, payload.byteOffset).getUint32(0),
  ]);
  assert.equal(acknowledged.length, 1);
  assert.equal(acknowledged[0]?.[0], 3);
  assert.ok(acknowledged[0]?.[1]! >= 10_000 && acknowledged[0]?.[1]! < 11_500, `${acknowledged}`);
});

Deno.test("RtmpConnection limits the buffered replies for a peer that does not read", async () => {
  using peer = new Peer(await connected());
  peer.stream.isBlocked = true;
  const ping = userControlMessage({ event: 6, value: 1 });
  await peer.exchange(...Array.from({ length: 20_000 }, () => ping));
  assert.ok(peer.connection.pendingBytes > 0 && peer.connection.pendingBytes < 20_000);
  // The owner's messages are still accepted: the owner has to limit them.
  const before = peer.connection.pendingBytes;
  peer.connection.send(END);
  assert.ok(peer.connection.pendingBytes > before);
});

Deno.test("RtmpConnection.finish sends pending output, shuts down writing and waits for the peer", async () => {
  const { stream, connection } = await connected();
  connection.send({ ...END, payload: new Uint8Array(3000) });
  const finishing = connection.finish(60_000);
  await connection.flushed();
  assert.deepEqual(stream.messages.map(({ payload }) => payload.length), [3000]);
  stream.feed(null);
  await finishing;
  assert.deepEqual(stream.events, ["closeWrite", "close"]);
  assert.equal(await connection.closed, undefined);
});

Deno.test("RtmpConnection.finish closes after its time limit", async () => {
  const silent = await connected();
  await silent.connection.finish(20);
  assert.deepEqual(silent.stream.events, ["closeWrite", "close"]);
  const stalled = await connected();
  stalled.stream.isBlocked = true;
  stalled.connection.send(END);
  await stalled.connection.finish(20);
  assert.deepEqual(stalled.stream.events, ["close"]);
  assert.equal(await stalled.connection.closed, undefined);
});

Deno.test("RtmpConnection resolves closed with the reason", async () => {
  const ended = await connected();
  ended.stream.feed(null);
  assert.equal((await ended.connection.closed)?.code, "rtmp_closed");
  // A server that closes with unread input resets the connection.
  const reset = await connected();
  reset.stream.fail(new Deno.errors.ConnectionReset("Connection reset by peer"));
  assert.equal((await reset.connection.closed)?.code, "rtmp_closed");
  const unreachable = await connected();
  unreachable.stream.fail(new Error("No route to host"));
  assert.equal((await unreachable.connection.closed)?.code, "rtmp_lost");
  const malformed = await connected();
  malformed.stream.feed(Uint8Array.of(0xc6));
  assert.equal((await malformed.connection.closed)?.code, "malformed_rtmp");
  const thrown = new FakeStream();
  const connection = new RtmpConnection(thrown, {
    role: "client",
    onMessage: () => {
      throw new TypeError("a defect");
    },
  });
  thrown.feed(handshakeOf());
  thrown.feed(chunksOf(END));
  assert.match((await connection.closed)?.message ?? "", /was lost: a defect/);
});

Deno.test("RtmpConnection and PublishDialogue end with a StreamerError whatever a server sends", async () => {
  const url = parseRtmpUrl("rtmp://localhost/live/key");
  const result = [
    2,
    0,
    7,
    ...new TextEncoder().encode("_result"),
    0,
    0x3f,
    0xf0,
    0,
    0,
    0,
    0,
    0,
    0,
    5,
    5,
  ];
  const answer = { ...END, typeId: 20, streamId: 0, payload: Uint8Array.from(result) };
  const valid = chunksOf(
    protocolControlMessage({ type: "set-chunk-size", chunkBytes: 99 }),
    answer,
  );
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(changes, fc.uint8Array({ maxLength: 300 }), async (changed, tail) => {
      const stream = new FakeStream();
      const connection = new RtmpConnection(stream, {
        role: "client",
        onMessage: (message) => dialogue.receive(message),
      });
      const dialogue = new PublishDialogue({ url, send: (message) => connection.send(message) });
      stream.feed(handshakeOf());
      await connection.ready;
      dialogue.begin();
      const bytes = valid.slice();
      for (const [at, byte] of changed) bytes[at % bytes.length] = byte;
      stream.feed(bytes);
      stream.feed(tail);
      stream.feed(null);
      const reason = await connection.closed;
      assert.ok(reason instanceof StreamerError && reason.code !== "rtmp_lost", reason?.message);
      assert.ok(connection.pendingBytes < 5000);
    }),
    { numRuns: 500 },
  );
});
