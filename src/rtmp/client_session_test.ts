import assert from "node:assert/strict";
import { reply, TestServer, type TestServerOptions } from "./_test_server.ts";
import { RtmpSession, type RtmpSessionOptions } from "./client_session.ts";
import { commandMessage } from "./command.ts";
import { MessageType } from "./message.ts";
import { protocolControlMessage } from "./protocol_control.ts";
import { RtmpRefusal } from "./server_status.ts";
import { parseRtmpUrl, type RtmpUrl } from "./url.ts";
import { userControlMessage } from "./user_control.ts";

const SECRET = "s3cret-key";

function urlOf(server: TestServer): RtmpUrl {
  return parseRtmpUrl(`rtmp://127.0.0.1:${server.port}/live/eu/${SECRET}?token=1`);
}

async function published(
  options: TestServerOptions = {},
  sessionOptions: RtmpSessionOptions = {},
): Promise<{ server: TestServer; session: RtmpSession } & AsyncDisposable> {
  const server = new TestServer(options);
  const session = await RtmpSession.open(urlOf(server), sessionOptions);
  return {
    ...{ server, session },
    async [Symbol.asyncDispose](): Promise<void> {
      session.abort();
      await server[Symbol.asyncDispose]();
    },
  };
}

Deno.test("RtmpSession says what FFmpeg and OBS say, in their order", async () => {
  const connectProperties = { fourCcList: ["hvc1"], capsEx: 1 };
  await using both = await published({}, { connectProperties });
  const { server, session } = both;
  session.send({ type: "data", timestampMs: 0, payload: Uint8Array.of(5) });
  session.send({ type: "video", timestampMs: 40, payload: new Uint8Array(100_000).fill(7) });
  await session[Symbol.asyncDispose]();
  await server.until(() => server.names.length === 7);
  const key = `${SECRET}?token=1`;
  const [connect, ...others] = server.commands;
  assert.deepEqual([connect?.name, connect?.transactionId, connect?.object], ["connect", 1, {
    ...{ app: "live/eu", type: "nonprivate", flashVer: "FMLE/3.0 (compatible; cvmmap-streamer)" },
    ...{ tcUrl: `rtmp://127.0.0.1:${server.port}/live/eu`, fourCcList: ["hvc1"], capsEx: 1 },
  }]);
  assert.deepEqual(others.map(({ name, args }) => [name, ...args]), [
    ["releaseStream", key],
    ["FCPublish", key],
    ["createStream"],
    ["publish", key, "live"],
    ["FCUnpublish", key],
    ["deleteStream", 1],
  ]);
  const media = server.messages.filter(({ typeId }) => [9, 18].includes(typeId));
  assert.deepEqual(
    media.map((
      { typeId, streamId, timestampMs, payload },
    ) => [typeId, streamId, timestampMs, payload.length]),
    [[18, 1, 0, 1], [9, 1, 40, 100_000]],
  );
  assert.ok(media[1]?.payload.every((byte) => byte === 7));
  assert.equal(await session.closed, undefined);
});

for (
  const [what, answers, message] of [
    [
      "refuses connect",
      {
        connect: (command, connection) =>
          reply(connection, "_error", command, {
            ...{ level: "error", code: "NetConnection.Connect.Rejected", description: "No\nroom." },
          }),
      },
      "The RTMP server refused connect: NetConnection.Connect.Rejected: No room.",
    ],
    [
      "refuses createStream without a word",
      { createStream: (command, connection) => reply(connection, "_error", command) },
      "The RTMP server refused createStream, without a reason",
    ],
    [
      "refuses publish, and names the key",
      {
        publish: (command, connection) =>
          reply(connection, "onStatus", command, {
            ...{ level: "error", code: "NetStream.Publish.BadName" },
            description: `${SECRET} is taken`,
          }),
      },
      "The RTMP server refused publish: NetStream.Publish.BadName: *** is taken",
    ],
  ] satisfies [string, TestServerOptions["answers"], string][]
) {
  Deno.test(`RtmpSession tells in its own words why a server ${what}`, async () => {
    await using server = new TestServer({ answers });
    await assert.rejects(RtmpSession.open(urlOf(server)), (error) => {
      assert.ok(error instanceof RtmpRefusal);
      assert.deepEqual([error.message, error.exitCode], [message, 7]);
      return true;
    });
  });
}

for (
  const [step, answers] of [
    ["connect", { connect: () => {} }],
    ["createStream", { createStream: () => {} }],
    ["publish", { publish: () => {} }],
  ] satisfies [string, TestServerOptions["answers"]][]
) {
  Deno.test(`RtmpSession waits only a while for the answer to ${step}`, async () => {
    await using server = new TestServer({ answers });
    await assert.rejects(RtmpSession.open(urlOf(server), { stepTimeoutMs: 50 }), {
      name: "RtmpConnectionError",
      message: `The RTMP server does not answer ${step} within 50 ms`,
    });
  });
}

Deno.test("RtmpSession waits only a while for the handshake", async () => {
  const held: Deno.Conn[] = [];
  await using server = new TestServer({
    handle: (stream) => Promise.resolve(void held.push(stream)),
  });
  await assert.rejects(RtmpSession.open(urlOf(server), { stepTimeoutMs: 50 }), {
    message: "The RTMP server does not answer the handshake within 50 ms",
  });
  held[0]?.close();
});

Deno.test("RtmpSession says that a server is none, and that it closes early", async () => {
  const answering = (bytes: Uint8Array): TestServerOptions => ({
    handle: async (stream) => {
      await stream.read(new Uint8Array(2000));
      await stream.write(bytes);
      stream.close();
    },
  });
  await using other = new TestServer(answering(new TextEncoder().encode("HTTP/1.1 400 Bad")));
  await assert.rejects(RtmpSession.open(urlOf(other)), { code: "rtmp_version", exitCode: 7 });
  await using short = new TestServer(answering(Uint8Array.of(3, 0)));
  await assert.rejects(RtmpSession.open(urlOf(short)), {
    name: "RtmpConnectionError",
    message: /closed the connection during the handshake|was lost/,
  });
});

Deno.test("RtmpSession takes the digests of a complex handshake", async () => {
  await using server = new TestServer({
    handle: async (stream) => {
      const fromServer = crypto.getRandomValues(new Uint8Array(3073));
      fromServer[0] = 3;
      await stream.write(fromServer);
      const received: number[] = [];
      const buffer = new Uint8Array(4000);
      // Behind C2 the first chunk has come: 0x03 begins a whole header on chunk stream 3.
      while (received.length < 3074) {
        received.push(...buffer.subarray(0, await stream.read(buffer) ?? 0));
      }
      assert.deepEqual(received.slice(1537, 3073), [...fromServer.subarray(1, 1537)]);
      assert.equal(received[3073], 3);
      const refusal = commandMessage({ name: "close", transactionId: 0, object: null, args: [] });
      const { payload } = refusal;
      await stream.write(
        Uint8Array.of(3, 0, 0, 0, 0, 0, payload.length, 20, 0, 0, 0, 0, ...payload),
      );
      while (await stream.read(buffer) !== null);
      stream.close();
    },
  });
  await assert.rejects(RtmpSession.open(urlOf(server)), /ended the stream, without a reason/);
});

Deno.test("RtmpSession can be given up at every point", async () => {
  await using server = new TestServer({ answers: { publish: () => {} } });
  const aborted = new Error("enough");
  await assert.rejects(RtmpSession.open(urlOf(server), {}, AbortSignal.abort(aborted)), aborted);
  const controller = new AbortController();
  const opening = RtmpSession.open(urlOf(server), {}, controller.signal);
  opening.catch(() => {});
  await server.until(() => server.names.includes("publish"));
  controller.abort(aborted);
  await assert.rejects(opening, aborted);
});

Deno.test("RtmpSession says where nobody listens, and which name has no address", async () => {
  const server = new TestServer();
  const url = urlOf(server);
  await server[Symbol.asyncDispose]();
  await assert.rejects(RtmpSession.open(url), {
    name: "RtmpConnectionError",
    code: "rtmp_connect",
    message: new RegExp(`^The RTMP server 127.0.0.1:${url.port} cannot be reached: .*refused`),
  });
  await assert.rejects(RtmpSession.open({ ...url, host: "nowhere.invalid" }), {
    code: "rtmp_connect",
  });
});

Deno.test("RtmpSession answers pings, acknowledges and obeys while it does nothing else", async () => {
  await using both = await published();
  const { server: { connections: [peer] }, server } = both;
  assert.ok(peer);
  const before = server.messages.length;
  peer.send(userControlMessage({ event: 6, value: 0xdead_beef }));
  await server.until(() => server.messages.length > before);
  assert.deepEqual(server.messages.at(-1), {
    ...userControlMessage({ event: 7, value: 0xdead_beef }),
  });
  // The window of 5.4.4 counts all bytes; the test server's own connection keeps what is acknowledged.
  peer.send(protocolControlMessage({ type: "window-acknowledgement-size", windowBytes: 20_000 }));
  for (let i = 0; i < 4; i++) {
    peer.send({
      ...userControlMessage({ event: 31, value: 1 }),
      typeId: 18,
      payload: new Uint8Array(9000),
    });
  }
  peer.send(userControlMessage({ event: 6, value: 1 }));
  await server.until(() => server.messages.length > before + 1);
  assert.ok(peer.acknowledgedByPeer > 30_000, `${peer.acknowledgedByPeer}`);
});

Deno.test("RtmpSession hands on a wish for a reconnection", async () => {
  const wish = Promise.withResolvers<unknown>();
  await using both = await published({}, { onReconnectRequest: wish.resolve });
  reply(both.server.connections[0]!, "onStatus", { transactionId: 0 }, {
    ...{ level: "status", code: "NetConnection.Connect.ReconnectRequest" },
    ...{ tcUrl: "rtmp://other.example:1936/live", description: `Update; ${SECRET}` },
  });
  assert.deepEqual(await wish.promise, {
    url: { ...urlOf(both.server), host: "other.example", port: 1936, app: "live" },
    description: "Update; ***",
  });
});

for (
  const [what, end, expected] of [
    [
      "closes the connection",
      (server) => server.connections[0]?.close(),
      /closed the connection|lost/,
    ],
    [
      "ends the stream with an error",
      (server) =>
        reply(server.connections[0]!, "onStatus", { transactionId: 0 }, {
          ...{ level: "error", code: "NetStream.Publish.Idle", description: "Too slow" },
        }),
      /^The RTMP server ended the stream: NetStream.Publish.Idle: Too slow$/,
    ],
    [
      "unpublishes",
      (server) =>
        reply(server.connections[0]!, "onStatus", { transactionId: 0 }, {
          ...{ level: "status", code: "NetStream.Unpublish.Success" },
        }),
      /^The RTMP server ended the stream: NetStream.Unpublish.Success$/,
    ],
    [
      "breaks the protocol",
      (server) =>
        server.connections[0]?.send({
          ...{ chunkStreamId: 3, timestampMs: 0, streamId: 0 },
          ...{ typeId: MessageType.Command, payload: Uint8Array.of(255) },
        }),
      /AMF0 marker 255/,
    ],
  ] satisfies [string, (server: TestServer) => void, RegExp][]
) {
  Deno.test(`RtmpSession is over, with the reason, when the server ${what}`, async () => {
    await using both = await published();
    end(both.server);
    const reason = await both.session.closed;
    assert.match(reason?.message ?? "", expected);
    both.session.send({ type: "video", timestampMs: 0, payload: new Uint8Array(5) });
    assert.equal(both.session.pendingBytes, 0);
    await both.session[Symbol.asyncDispose]();
  });
}

Deno.test("RtmpSession: a write that a stalled server holds up shows, and can be given up at once", async () => {
  const goOn = Promise.withResolvers<void>();
  await using server: TestServer = new TestServer({
    beforeRead: () => server.names.includes("publish") ? goOn.promise : undefined,
  });
  const session = await RtmpSession.open(urlOf(server));
  assert.equal(session.stalledMs, 0);
  const payload = new Uint8Array(1 << 20);
  for (let i = 0; i < 32; i++) session.send({ type: "video", timestampMs: i, payload });
  while (session.stalledMs < 50) await new Promise((resolve) => setTimeout(resolve, 5));
  const { pendingBytes, sentBytes } = session;
  assert.ok(pendingBytes > 1 << 20 && sentBytes > 0, `${pendingBytes} pending, ${sentBytes} sent`);
  assert.ok(pendingBytes + sentBytes > 32 << 20);
  session.abort();
  await session.flushed();
  assert.equal(await session.closed, undefined);
  goOn.resolve();
});
