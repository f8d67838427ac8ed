import assert from "node:assert/strict";
import * as fc from "fast-check";
import { StreamerError } from "../../errors.ts";
import { ByteBuffer } from "../wire/byte_buffer.ts";
import { ChunkReader } from "../wire/chunk_reader.ts";
import { ChunkWriter } from "../wire/chunk_writer.ts";
import { commandMessage, parseCommand } from "../wire/command.ts";
import { Handshake } from "../wire/handshake.ts";
import { MessageType, type RtmpMessage } from "../wire/message.ts";
import {
  parseProtocolControl,
  parseUserControl,
  protocolControlMessage,
  UserControlEvent,
  userControlMessage,
} from "../wire/control_messages.ts";
import type { Publication } from "./server_dialogue.ts";
import { ServerSession, type ServerSessionOptions } from "./server_session.ts";
import { statusOf } from "./server_status.ts";

/** A publisher that is connected to a session in memory. */
class Publisher {
  readonly session: ServerSession;
  readonly #reader: ChunkReader;
  readonly #writer = new ChunkWriter();
  #answers: RtmpMessage[] = [];

  constructor(options: Partial<ServerSessionOptions> = {}) {
    this.session = new ServerSession({ onMedia: () => {}, ...options });
    this.#reader = new ChunkReader((message) => this.#answers.push(message));
    const handshake = new Handshake("client");
    this.session.push(handshake.takeOutput());
    handshake.push(this.session.takeOutput());
    this.session.push(handshake.takeOutput());
  }

  /** Sends messages and returns a summary of each answer. */
  send(...messages: readonly RtmpMessage[]): string[] {
    const buffer = new ByteBuffer();
    for (const message of messages) this.#writer.write(buffer, message);
    this.session.push(buffer.bytes);
    return this.receive();
  }

  receive(): string[] {
    this.#reader.push(this.session.takeOutput());
    const summaries = this.#answers.map(summaryOf);
    this.#answers = [];
    return summaries;
  }
}

function summaryOf(message: RtmpMessage): string {
  const control = parseProtocolControl(message);
  if (control !== undefined) return control.type;
  const user = parseUserControl(message);
  if (user !== undefined) return `event ${user.event}`;
  const command = parseCommand(message)!;
  return [command.name, command.transactionId, statusOf(command).code].join(" ").trim();
}

function call(name: string, id: number, args: string[] = [], streamId = 0): RtmpMessage {
  const connect = name === "connect" ? { app: "live", tcUrl: "rtmp://host/live" } : null;
  return commandMessage({ name, transactionId: id, object: connect, args }, streamId);
}

const CONNECT = call("connect", 1);
const CREATE = call("createStream", 2);
const PUBLISH = call("publish", 3, ["key", "live"], 1);

Deno.test("ServerSession answers the dialogue in the order of real servers", () => {
  const publications: Publication[] = [];
  const publisher = new Publisher({ onPublish: (publication) => publications.push(publication) });
  assert.deepEqual(publisher.send(CONNECT), [
    "window-acknowledgement-size",
    "set-peer-bandwidth",
    "set-chunk-size",
    "_result 1 NetConnection.Connect.Success",
    "onBWDone 0",
  ]);
  assert.deepEqual(publisher.send(call("_checkbw", 5)), ["_result 5"]);
  assert.deepEqual(publisher.send(call("releaseStream", 6, ["key"])), ["_result 6"]);
  assert.deepEqual(publisher.send(call("FCPublish", 7, ["key"])), [
    "_result 7",
    "onFCPublish 0 NetStream.Publish.Start",
  ]);
  assert.deepEqual(publisher.send(CREATE), ["_result 2"]);
  assert.deepEqual(publisher.send(PUBLISH), [
    `event ${UserControlEvent.StreamBegin}`,
    "onStatus 0 NetStream.Publish.Start",
    `event ${UserControlEvent.PingRequest}`,
  ]);
  assert.deepEqual(publications.map(({ app, key }) => [app, key]), [["live", "key"]]);
  assert.deepEqual(publisher.send(call("unheardOf", 8)), ["_error 8 NetConnection.Call.Failed"]);
});

Deno.test("ServerSession ends a publication once and accepts another one", () => {
  const ends: string[] = [];
  const publisher = new Publisher({
    onPublish: () => ends.push("begin"),
    onUnpublish: () => ends.push("end"),
  });
  publisher.send(CONNECT, CREATE, PUBLISH);
  const deleteStream = commandMessage({
    name: "deleteStream",
    transactionId: 5,
    object: null,
    args: [1],
  });
  assert.deepEqual(publisher.send(call("FCUnpublish", 4, ["key"]), deleteStream), ["_result 4"]);
  publisher.send(CREATE, PUBLISH);
  assert.deepEqual(ends, ["begin", "end", "begin"]);
});

Deno.test("ServerSession answers pings and counts the answers to its own", () => {
  const publisher = new Publisher();
  const ping = userControlMessage({ event: UserControlEvent.PingRequest, value: 77 });
  assert.deepEqual(publisher.send(ping), [`event ${UserControlEvent.PingResponse}`]);
  publisher.send(CONNECT, CREATE, PUBLISH);
  assert.equal(publisher.session.report().pingsAnswered, 0);
  const { PingResponse: event } = UserControlEvent;
  publisher.send(userControlMessage({ event, value: 0x5253_5450 }));
  assert.equal(publisher.session.report().pingsAnswered, 1);
});

Deno.test("ServerSession acknowledges according to the publisher's window", () => {
  const publisher = new Publisher();
  const window = { type: "window-acknowledgement-size", windowBytes: 4000 } as const;
  publisher.send(CONNECT, CREATE, PUBLISH, protocolControlMessage(window));
  const payload = new Uint8Array(4000);
  const audio = {
    chunkStreamId: 5,
    timestampMs: 0,
    typeId: MessageType.Audio,
    streamId: 1,
    payload,
  };
  assert.deepEqual(publisher.send(audio), ["acknowledgement"]);
  assert.deepEqual(publisher.send({ ...audio, payload: payload.subarray(0, 10) }), []);
});

Deno.test("ServerSession refuses a publisher with the given reason", () => {
  const refusal = { code: "NetStream.Publish.BadName", description: "No" };
  const publisher = new Publisher({ refusal });
  assert.equal(publisher.session.refused, false);
  const answers = publisher.send(CONNECT, CREATE, PUBLISH);
  assert.equal(answers.at(-1), "onStatus 0 NetStream.Publish.BadName");
  assert.equal(publisher.session.refused, true);
});

Deno.test("ServerSession notifies of the end only while the publisher publishes", () => {
  const publisher = new Publisher();
  publisher.session.end();
  assert.deepEqual(publisher.receive(), []);
  publisher.send(CONNECT, CREATE, PUBLISH);
  publisher.session.end("Wrong");
  assert.deepEqual(publisher.receive(), [
    `event ${UserControlEvent.StreamEof}`,
    "onStatus 0 NetStream.Failed",
  ]);
  publisher.session.end();
  assert.deepEqual(publisher.receive(), []);
});

Deno.test("ServerSession gives the same answers however the bytes are split", () => {
  const buffer = new ByteBuffer();
  const writer = new ChunkWriter();
  for (const message of [CONNECT, CREATE, PUBLISH]) writer.write(buffer, message);
  fc.assert(fc.property(fc.array(fc.nat(buffer.length), { maxLength: 20 }), (cuts) => {
    const publisher = new Publisher();
    const places = [0, ...cuts.sort((a, b) => a - b), buffer.length];
    places.slice(1).forEach((end, i) =>
      publisher.session.push(buffer.bytes.subarray(places[i], end))
    );
    assert.equal(publisher.receive().length, 9);
  }));
});

Deno.test("ServerSession throws a StreamerError on random bytes and limits its output", () => {
  const bytes = fc.uint8Array({ maxLength: 4000, size: "max" });
  fc.assert(fc.property(bytes, fc.boolean(), (bytes, greeted) => {
    const session = greeted ? new Publisher().session : new ServerSession({ onMedia: () => {} });
    try {
      session.push(bytes);
    } catch (error) {
      if (!(error instanceof StreamerError)) throw error;
    }
    assert.ok(session.takeOutput().length <= 3073 + 20 * bytes.length);
  }));
});
