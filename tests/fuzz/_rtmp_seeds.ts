import { AmfEcmaArray } from "../../src/rtmp/amf0/amf0.ts";
import { encodeAmf0 } from "../../src/rtmp/amf0/amf0_encode.ts";
import { ChunkReader } from "../../src/rtmp/wire/chunk_reader.ts";
import { commandMessage } from "../../src/rtmp/wire/command.ts";
import { Handshake, HANDSHAKE_BYTES } from "../../src/rtmp/wire/handshake.ts";
import type { RtmpMessage } from "../../src/rtmp/wire/message.ts";
import {
  protocolControlMessage,
  UserControlEvent,
  userControlMessage,
} from "../../src/rtmp/wire/control_messages.ts";
import { ServerSession } from "../../src/rtmp/server/server_session.ts";
import type { VideoFormat } from "../../src/rtmp/flv/video_packaging.ts";
import { chunks, dialogue, media } from "../../src/testers/_rtmp_testing.ts";

/** All that one peer sends after the handshake. */
export interface Seed {
  /** The chunks, as sent over the connection. */
  readonly bytes: Uint8Array;
  /** The messages in the chunks. */
  readonly messages: readonly RtmpMessage[];
}

/** What publishers send in each format: captures of FFmpeg, and this publisher. */
export function publisherSeeds(): Readonly<Record<VideoFormat, Seed[]>> {
  return {
    "h264": [captured("ffmpeg_publish"), captured("ffmpeg_publish_late"), published("h264")],
    "h265-enhanced": [published("h265-enhanced")],
    "h265-domestic": [published("h265-domestic")],
  };
}

/** What servers send to a publisher: the stub server, and a server with more kinds of messages. */
export function serverSeeds(): Seed[] {
  return [stubReplies(), verboseReplies()];
}

/** Returns the payloads of the messages with AMF0 values, and a nested value. */
export function amfPayloads(seeds: readonly Seed[]): Uint8Array[] {
  const nested = encodeAmf0([[[{ a: { a: [{ a: new AmfEcmaArray({ a: 1 }) }] } }]]]);
  const payloads = seeds.flatMap(({ messages }) => messages)
    .filter(({ typeId }) => typeId === 18 || typeId === 20)
    .map(({ payload }) => payload);
  return [nested, ...payloads];
}

/** Returns the payloads of the video messages. */
export function videoPayloads(seeds: readonly Seed[]): Uint8Array[] {
  return seeds.flatMap(({ messages }) => messages)
    .filter(({ typeId }) => typeId === 9)
    .map(({ payload }) => payload);
}

function captured(name: string): Seed {
  const url = new URL(`../fixtures/rtmp/${name}.rtmp`, import.meta.url);
  const bytes = Deno.readFileSync(url).subarray(HANDSHAKE_BYTES);
  return { bytes, messages: messagesOf(bytes) };
}

/** A short publication of this publisher, so that mutations hit headers and commands as often as slices. */
function published(format: VideoFormat): Seed {
  const [description, header, key, ...frames] = media(format);
  const smallest = [...frames].sort((a, b) => a.payload.length - b.payload.length)[1];
  const all = [...dialogue(), description, header, key, smallest, frames.at(-1)];
  const messages = all.filter((message) => message !== undefined);
  return { bytes: chunks(messages), messages };
}

function stubReplies(): Seed {
  const session = new ServerSession({ onMedia: () => {} });
  const client = new Handshake("client");
  session.push(client.takeOutput());
  client.push(session.takeOutput());
  session.push(client.takeOutput());
  session.push(chunks(dialogue()));
  session.end("enough");
  const bytes = session.takeOutput();
  return { bytes, messages: messagesOf(bytes) };
}

function verboseReplies(): Seed {
  const start = { level: "status", code: "NetStream.Publish.Start", description: "Go." };
  const move = {
    level: "status",
    code: "NetConnection.Connect.ReconnectRequest",
    tcUrl: "rtmp://a.example:1936/live",
    description: "Update",
  };
  const refusal = { level: "error", code: "NetConnection.Connect.Rejected", description: "No." };
  const windowBytes = 2500;
  const messages = [
    protocolControlMessage({ type: "window-acknowledgement-size", windowBytes }),
    protocolControlMessage({ type: "set-peer-bandwidth", windowBytes, limit: 2 }),
    commandMessage({ name: "_result", transactionId: 1, object: { fmsVer: "1" }, args: [start] }),
    userControlMessage({ event: UserControlEvent.PingRequest, value: 7 }),
    commandMessage({ name: "_error", transactionId: 2, object: null, args: [refusal] }),
    commandMessage({ name: "onFCPublish", transactionId: 0, object: null, args: [start] }),
    commandMessage({ name: "_result", transactionId: 4, object: null, args: [1] }),
    commandMessage({ name: "onStatus", transactionId: 0, object: null, args: [start] }, 1),
    protocolControlMessage({ type: "acknowledgement", receivedBytes: 5000 }),
    protocolControlMessage({ type: "abort", chunkStreamId: 3 }),
    commandMessage({ name: "onStatus", transactionId: 0, object: null, args: [move] }),
    commandMessage({ name: "onStatus", transactionId: 0, object: null, args: [refusal] }, 1),
  ];
  return { bytes: chunks(messages), messages };
}

function messagesOf(bytes: Uint8Array): RtmpMessage[] {
  const messages: RtmpMessage[] = [];
  new ChunkReader((message) => messages.push(message)).push(bytes);
  return messages;
}
