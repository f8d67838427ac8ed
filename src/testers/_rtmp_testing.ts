import { scanned } from "../bitstream/_testing.ts";
import type { Codec } from "../bitstream/codec.ts";
import { capturedVideo } from "../rtmp/_captured_video.ts";
import { AmfEcmaArray, type AmfValue } from "../rtmp/amf0/amf0.ts";
import { encodeAmf0 } from "../rtmp/amf0/amf0_encode.ts";
import { ByteBuffer } from "../rtmp/wire/byte_buffer.ts";
import { ChunkWriter } from "../rtmp/wire/chunk_writer.ts";
import { type Command, commandMessage } from "../rtmp/wire/command.ts";
import { Handshake, HANDSHAKE_BYTES } from "../rtmp/wire/handshake.ts";
import { ChunkStreamId, MessageType, type RtmpMessage } from "../rtmp/wire/message.ts";
import { metadataMessage, streamMetadata } from "../rtmp/flv/metadata.ts";
import { PayloadBuffer, type VideoFormat } from "../rtmp/flv/video_packaging.ts";
import { packagingOf } from "../rtmp/flv/video_formats.ts";
import { type RtmpStubResult, type RtmpStubTesterOptions, runRtmpStubTester } from "./rtmp_stub.ts";

/** Picture size of the videos in tests/fixtures/rtmp. */
export const SIZE = { width: 324, height: 182 } as const;

/** A signal that is never aborted. */
export const NEVER: AbortSignal = new AbortController().signal;

/** A command message of a publisher. */
export function command(
  name: string,
  transactionId: number,
  object: AmfValue,
  args: readonly AmfValue[] = [],
  streamId = 0,
): RtmpMessage {
  const content: Command = { name, transactionId, object, args };
  return commandMessage(content, streamId);
}

/** The commands up to `publish`. A strict server accepts them even if the publisher skips the answers. */
export function dialogue(): RtmpMessage[] {
  return [
    command("connect", 1, { app: "live", type: "nonprivate", tcUrl: "rtmp://127.0.0.1/live" }),
    command("releaseStream", 2, null, ["key"]),
    command("FCPublish", 3, null, ["key"]),
    command("createStream", 4, null),
    command("publish", 5, null, ["key", "live"], 1),
  ];
}

/** A data message of the published stream. */
export function data(values: readonly AmfValue[]): RtmpMessage {
  const payload = encodeAmf0(values);
  const { Data: chunkStreamId } = ChunkStreamId;
  return { chunkStreamId, timestampMs: 0, typeId: MessageType.Data, streamId: 1, payload };
}

/** A video message of the published stream. */
export function video(payload: Uint8Array, timestampMs: number): RtmpMessage {
  const { Video: chunkStreamId } = ChunkStreamId;
  return { chunkStreamId, timestampMs, typeId: MessageType.Video, streamId: 1, payload };
}

/** `onMetaData` of the captured videos. */
export function metadata(format: VideoFormat, changed: Record<string, AmfValue> = {}): RtmpMessage {
  const description = { ...SIZE, frameRate: 30, bitrateKbps: 1000, encoder: "test" };
  const array = streamMetadata(packagingOf(format), description);
  return data(metadataMessage(new AmfEcmaArray({ ...array.properties, ...changed })));
}

/**
 * The media of a publication: metadata, a sequence header, 12 frames (the first and the seventh are key
 * frames) and the end of the sequence.
 */
export function media(format: VideoFormat): RtmpMessage[] {
  const codec: Codec = format === "h264" ? "h264" : "h265";
  const packaging = packagingOf(format);
  const { accessUnits, format: coded } = capturedVideo(codec);
  const frames = accessUnits.map((unit, i) =>
    video(packaging.frame(scanned(unit), i % 6 === 0, 0, new PayloadBuffer()), 33 * i)
  );
  return [
    metadata(format),
    video(packaging.sequenceHeader(coded), 0),
    ...frames,
    video(packaging.sequenceEnd(), 400),
  ];
}

/** The chunks of messages, as sent over a new connection. */
export function chunks(messages: readonly RtmpMessage[]): Uint8Array<ArrayBuffer> {
  const buffer = new ByteBuffer();
  const writer = new ChunkWriter();
  for (const message of messages) writer.write(buffer, message);
  return buffer.bytes.slice();
}

/**
 * Connects, completes the handshake, sends bytes, and reads until the server closes.
 *
 * @param changeC2 Modifies C2 before it is sent.
 */
export async function publishBytes(
  port: number,
  bytes: Uint8Array,
  changeC2: (c2: Uint8Array) => void = () => {},
): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const handshake = new Handshake("client");
  await writeAll(connection, handshake.takeOutput());
  const buffer = new Uint8Array(HANDSHAKE_BYTES);
  try {
    while (!handshake.done) {
      const length = await connection.read(buffer);
      if (length === null) return;
      handshake.push(buffer.subarray(0, length));
    }
    const c2 = handshake.takeOutput();
    changeC2(c2);
    await writeAll(connection, c2);
    await writeAll(connection, bytes);
    while (await connection.read(buffer) !== null);
  } catch {
    // The server closed before it had received everything.
  }
}

/** Writes all bytes, in as many writes as needed. */
export async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Runs the tester and a publisher, which is called with the port, and waits for both. */
export async function runTester(
  options: Partial<RtmpStubTesterOptions>,
  publish: (port: number) => Promise<void>,
): Promise<RtmpStubResult> {
  const publishing = Promise.withResolvers<void>();
  const result = await runRtmpStubTester({
    mode: "h264",
    port: 0,
    timeoutMs: 20_000,
    ...options,
    onListening: (port) => publish(port).then(publishing.resolve, publishing.reject),
  }, NEVER);
  await publishing.promise;
  return result;
}
