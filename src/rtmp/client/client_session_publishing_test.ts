import "../../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { openSession, reply, SECRET, TestServer, urlOf } from "../_test_server.ts";
import { RtmpSession } from "./client_session.ts";
import { MessageType } from "../wire/message.ts";
import { protocolControlMessage, userControlMessage } from "../wire/control_messages.ts";

Deno.test("RtmpSession answers pings and acknowledges input while it is idle", async () => {
  await using opened = await openSession();
  const { server: { connections: [peer] }, server } = opened;
  assert.ok(peer);
  const before = server.messages.length;
  peer.send(userControlMessage({ event: 6, value: 0xdead_beef }));
  await server.until(() => server.messages.length > before);
  assert.deepEqual(server.messages.at(-1), {
    ...userControlMessage({ event: 7, value: 0xdead_beef }),
  });
  // The window of 5.4.4 counts all bytes. The test server's connection records what is acknowledged.
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

Deno.test("RtmpSession has no time limit once it publishes", async () => {
  await using opened = await openSession({}, { timeoutMs: 40 });
  await new Promise((resolve) => setTimeout(resolve, 60));
  const { names } = opened.server;
  opened.session.send({ type: "video", timestampMs: 0, payload: new Uint8Array(5) });
  await opened.server.until(() => opened.server.messages.some(({ typeId }) => typeId === 9));
  assert.equal(names.at(-1), "publish");
});

Deno.test("RtmpSession closes without an error when the server answers deleteStream with an unpublish status", async () => {
  await using opened = await openSession({
    answers: {
      deleteStream: (_, connection) =>
        reply(connection, "onStatus", { transactionId: 0 }, {
          level: "status",
          code: "NetStream.Unpublish.Success",
        }),
    },
  });
  await opened.session[Symbol.asyncDispose]();
  assert.equal(await opened.session.closed, undefined);
});

Deno.test("RtmpSession passes on a reconnect request", async () => {
  const wish = Promise.withResolvers<unknown>();
  await using opened = await openSession({}, { onReconnectRequest: wish.resolve });
  reply(opened.server.connections[0]!, "onStatus", { transactionId: 0 }, {
    level: "status",
    code: "NetConnection.Connect.ReconnectRequest",
    tcUrl: "rtmp://other.example:1936/live",
    description: `Update; ${SECRET}`,
  });
  assert.deepEqual(await wish.promise, {
    url: { ...urlOf(opened.server), host: "other.example", port: 1936, app: "live" },
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
          level: "error",
          code: "NetStream.Publish.Idle",
          description: "Too slow",
        }),
      /^The RTMP server ended the stream: NetStream.Publish.Idle: Too slow$/,
    ],
    [
      "unpublishes",
      (server) =>
        reply(server.connections[0]!, "onStatus", { transactionId: 0 }, {
          level: "status",
          code: "NetStream.Unpublish.Success",
        }),
      /^The RTMP server ended the stream: NetStream.Unpublish.Success$/,
    ],
    [
      "breaks the protocol",
      (server) =>
        server.connections[0]?.send({
          chunkStreamId: 3,
          timestampMs: 0,
          streamId: 0,
          typeId: MessageType.Command,
          payload: new Uint8Array(2 << 20),
        }),
      /2097152 bytes is announced/,
    ],
  ] satisfies [string, (server: TestServer) => void, RegExp][]
) {
  Deno.test(`RtmpSession closes with the reason when the server ${what}`, async () => {
    await using opened = await openSession();
    end(opened.server);
    const reason = await opened.session.closed;
    assert.match(reason?.message ?? "", expected);
    opened.session.send({ type: "video", timestampMs: 0, payload: new Uint8Array(5) });
    assert.equal(opened.session.pendingBytes, 0);
    await opened.session[Symbol.asyncDispose]();
  });
}

Deno.test("RtmpSession shows pending bytes while a server stalls, and can be aborted immediately", async () => {
  const goOn = Promise.withResolvers<void>();
  await using server: TestServer = new TestServer({
    beforeRead: () => server.names.includes("publish") ? goOn.promise : undefined,
  });
  const session = await RtmpSession.open(urlOf(server));
  const payload = new Uint8Array(1 << 20);
  for (let i = 0; i < 32; i++) session.send({ type: "video", timestampMs: i, payload });
  // The kernel buffers some megabytes, on some machines all of these. Then more are sent.
  for (let [sent, stillMs] = [-1, 0]; stillMs < 50; stillMs += 5) {
    if (session.pendingBytes <= 1 << 20) session.send({ type: "video", timestampMs: 32, payload });
    if (session.sentBytes !== sent) [sent, stillMs] = [session.sentBytes, 0];
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { pendingBytes, sentBytes } = session;
  assert.ok(pendingBytes > 1 << 20 && sentBytes > 0, `${pendingBytes} pending, ${sentBytes} sent`);
  assert.ok(pendingBytes + sentBytes > 32 << 20);
  session.abort();
  await session.flushed();
  assert.equal(await session.closed, undefined);
  goOn.resolve();
});
