import "../../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import {
  openSession,
  reply,
  SECRET,
  TestServer,
  type TestServerOptions,
  urlOf,
} from "../_test_server.ts";
import { RtmpSession } from "./client_session.ts";
import { commandMessage } from "../wire/command.ts";
import { encodeAmf0 } from "../amf0/amf0_encode.ts";
import { MessageType, type RtmpMessage } from "../wire/message.ts";
import type { RtmpConnection } from "./rtmp_connection.ts";
import { RtmpRefusal } from "../server/server_status.ts";

/** Malformed messages that servers send. Each of them used to end a session. */
const UNREADABLE: readonly (readonly [string, number, Uint8Array])[] = [
  ["Set Peer Bandwidth of 4 bytes", MessageType.SetPeerBandwidth, Uint8Array.of(0, 38, 37, 160)],
  ["a window of 0 bytes", MessageType.WindowAcknowledgementSize, new Uint8Array(4)],
  ["an Acknowledgement of 3 bytes", MessageType.Acknowledgement, new Uint8Array(3)],
  ["an Abort of 2 bytes", MessageType.Abort, new Uint8Array(2)],
  ["StreamBegin without its value", MessageType.UserControl, new Uint8Array(2)],
  ["a user control message of 1 byte", MessageType.UserControl, new Uint8Array(1)],
  ["an empty command", MessageType.Command, new Uint8Array()],
  ["a command with a truncated name", MessageType.Command, Uint8Array.of(2, 0, 9, 0x6f)],
  ["a command that begins with a number", MessageType.Command, encodeAmf0([1, 2])],
  ["onBWDone with null", MessageType.Command, encodeAmf0(["onBWDone", null, null])],
  ["onBWDone with a string", MessageType.Command, encodeAmf0(["onBWDone", "0", null])],
  [
    "a command with an AMF3 value",
    MessageType.Command,
    Uint8Array.of(...encodeAmf0(["onBWDone", 0]), 0x11, 0x04),
  ],
  [
    "a truncated typed object",
    MessageType.Command,
    Uint8Array.of(...encodeAmf0(["onStatus", 0, null]), 0x10, 0, 3, 0x61),
  ],
  ["a command in AMF3", MessageType.CommandAmf3, Uint8Array.of(0x11, 0x06, 0x03, 0x61)],
];

function sendAll(connection: RtmpConnection): void {
  for (const [, typeId, payload] of UNREADABLE) {
    const message: RtmpMessage = {
      chunkStreamId: 3,
      timestampMs: 0,
      streamId: 0,
      typeId,
      payload,
    };
    connection.send(message);
  }
}

Deno.test("RtmpSession sends the calls of FFmpeg and OBS in their order", async () => {
  const connectProperties = { fourCcList: ["hvc1"], capsEx: 1 };
  await using opened = await openSession({}, { connectProperties });
  const { server, session } = opened;
  session.send({ type: "data", timestampMs: 0, payload: Uint8Array.of(5) });
  session.send({ type: "video", timestampMs: 40, payload: new Uint8Array(100_000).fill(7) });
  await session[Symbol.asyncDispose]();
  await server.until(() => server.names.length === 7);
  const key = `${SECRET}?token=1`;
  const [connect, ...others] = server.commands;
  assert.deepEqual([connect?.name, connect?.transactionId, connect?.object], ["connect", 1, {
    app: "live/eu",
    type: "nonprivate",
    flashVer: "FMLE/3.0 (compatible; cvmmap-streamer)",
    tcUrl: `rtmp://127.0.0.1:${server.port}/live/eu`,
    fourCcList: ["hvc1"],
    capsEx: 1,
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
            level: "error",
            code: "NetConnection.Connect.Rejected",
            description: "No\nroom.",
          }),
      },
      "The RTMP server refused connect: NetConnection.Connect.Rejected: No room.",
    ],
    [
      "refuses createStream without a reason",
      { createStream: (command, connection) => reply(connection, "_error", command) },
      "The RTMP server refused createStream, without a reason",
    ],
    [
      "refuses publish, and names the key",
      {
        publish: (command, connection) =>
          reply(connection, "onStatus", command, {
            level: "error",
            code: "NetStream.Publish.BadName",
            description: `${SECRET} is taken`,
          }),
      },
      "The RTMP server refused publish: NetStream.Publish.BadName: *** is taken",
    ],
  ] satisfies [string, TestServerOptions["answers"], string][]
) {
  Deno.test(`RtmpSession reports the reason when a server ${what}`, async () => {
    await using server = new TestServer({ answers });
    await assert.rejects(RtmpSession.open(urlOf(server)), (error) => {
      assert.ok(error instanceof RtmpRefusal);
      assert.deepEqual([error.message, error.code], [message, "rtmp_refused"]);
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
  Deno.test(`RtmpSession limits the time for the answer to ${step}`, async () => {
    await using server = new TestServer({ answers });
    await assert.rejects(RtmpSession.open(urlOf(server), { timeoutMs: 50 }), {
      name: "RtmpConnectionError",
      message: `The RTMP server does not answer ${step} within 50 ms`,
    });
  });
}

Deno.test("RtmpSession limits the time for the handshake", async () => {
  const held: Deno.Conn[] = [];
  await using server = new TestServer({
    handle: (stream) => Promise.resolve(void held.push(stream)),
  });
  await assert.rejects(RtmpSession.open(urlOf(server), { timeoutMs: 50 }), {
    message: "The RTMP server does not answer the handshake within 50 ms",
  });
  held[0]?.close();
});

Deno.test("RtmpSession reports a server that does not speak RTMP, or that closes early", async () => {
  const answering = (bytes: Uint8Array): TestServerOptions => ({
    handle: async (stream) => {
      await stream.read(new Uint8Array(2000));
      await stream.write(bytes);
      stream.close();
    },
  });
  await using other = new TestServer(answering(new TextEncoder().encode("HTTP/1.1 400 Bad")));
  await assert.rejects(RtmpSession.open(urlOf(other)), { code: "rtmp_version" });
  await using short = new TestServer(answering(Uint8Array.of(3, 0)));
  await assert.rejects(RtmpSession.open(urlOf(short)), {
    name: "RtmpConnectionError",
    message: /closed the connection during the handshake|was lost/,
  });
});

Deno.test("RtmpSession reports the step at which a server closes without an answer", async () => {
  await using server = new TestServer({
    answers: { publish: (_, connection) => void connection.finish(1000) },
  });
  await assert.rejects(RtmpSession.open(urlOf(server)), {
    name: "RtmpError",
    code: "rtmp_refused",
    message: "The RTMP server closed the connection instead of answering publish: " +
      "some servers refuse this way, for example a stream key that is wrong or already in use",
  });
});

Deno.test("RtmpSession accepts the digests of a complex handshake", async () => {
  await using server = new TestServer({
    handle: async (stream) => {
      const fromServer = crypto.getRandomValues(new Uint8Array(3073));
      fromServer[0] = 3;
      await stream.write(fromServer);
      const received: number[] = [];
      const buffer = new Uint8Array(4000);
      // The first chunk follows C2: 0x03 begins a full header on chunk stream 3.
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

Deno.test("RtmpSession.open can be aborted before and during the dialogue", async () => {
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

Deno.test("RtmpSession reports a port without a listener and a name without an address", async () => {
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

Deno.test("RtmpSession skips messages that it cannot parse and does not need, and reports each", async () => {
  const flaws: string[] = [];
  await using server = new TestServer({
    answers: {
      connect: (command, connection) => {
        sendAll(connection);
        reply(connection, "_result", command, { code: "NetConnection.Connect.Success" });
        sendAll(connection);
      },
    },
  });
  const session = await RtmpSession.open(urlOf(server), {
    timeoutMs: 5000,
    onUnreadable: ({ message }) => flaws.push(message),
  });
  {
    await using _ = session;
    const [connection] = server.connections;
    sendAll(connection!);
    session.send({ type: "video", timestampMs: 0, payload: new Uint8Array(10) });
    await server.until(() => server.messages.some(({ typeId }) => typeId === MessageType.Video));
  }
  assert.equal(await session.closed, undefined);
  assert.equal(flaws.length, 3 * UNREADABLE.length, flaws.join("\n"));
});

Deno.test("RtmpSession fails if the answer that it needs cannot be parsed", async () => {
  await using server = new TestServer({
    answers: {
      createStream: ({ transactionId }, connection) =>
        connection.send({
          chunkStreamId: 3,
          timestampMs: 0,
          streamId: 0,
          typeId: MessageType.Command,
          payload: Uint8Array.of(...encodeAmf0(["_result", transactionId, null]), 0x11),
        }),
    },
  });
  await assert.rejects(RtmpSession.open(urlOf(server)), {
    message: "The RTMP server answers createStream without a stream id",
  });
});
