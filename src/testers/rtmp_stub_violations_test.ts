import assert from "node:assert/strict";
import { MessageType, type RtmpMessage } from "../rtmp/wire/message.ts";
import {
  protocolControlMessage,
  UserControlEvent,
  userControlMessage,
} from "../rtmp/wire/control_messages.ts";
import type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
import {
  chunks,
  command,
  data,
  dialogue,
  media,
  metadata,
  publishBytes,
  runTester,
  video,
  writeAll,
} from "./_rtmp_testing.ts";
import type { TesterOutcome } from "./outcome.ts";

/** The h264 publication with message `index` of the media replaced. */
function withMedia(index: number, change: (message: RtmpMessage) => RtmpMessage[]): RtmpMessage[] {
  return [...dialogue(), ...media("h264").flatMap((m, i) => i === index ? change(m) : [m])];
}

/** The h264 publication with command `index` of the dialogue replaced. */
function withCommand(index: number, ...instead: RtmpMessage[]): RtmpMessage[] {
  return [...dialogue().flatMap((m, i) => i === index ? instead : [m]), ...media("h264")];
}

function changedByte(message: RtmpMessage, at: number, value: number): RtmpMessage {
  const payload = message.payload.slice();
  payload[at] = value;
  return { ...message, payload };
}

const HEADER = 1, KEY_FRAME = 2, SECOND_FRAME = 3;
const connectObject = { app: "live", tcUrl: "rtmp://127.0.0.1/live" };
const sequenceEnd = media("h264").at(-1)!;

const violations: readonly (readonly [string, RtmpMessage[], RegExp])[] = [
  [
    "a NAL unit length beyond the frame",
    withMedia(KEY_FRAME, (m) => [changedByte(m, 6, 1)]),
    /A NAL unit of \d+ bytes is announced/,
  ],
  [
    "a NAL unit length of 0",
    withMedia(
      SECOND_FRAME,
      (m) => [{ ...m, payload: Uint8Array.of(0x27, 1, 0, 0, 0, 0, 0, 0, 0) }],
    ),
    /A NAL unit of 0 bytes is announced/,
  ],
  ["no sequence header", withMedia(HEADER, () => []), /without a sequence header/],
  [
    "half a sequence header",
    withMedia(HEADER, (m) => [{ ...m, payload: m.payload.subarray(0, 20) }]),
    /AVCDecoderConfigurationRecord/,
  ],
  ["no metadata", withMedia(0, () => []), /Video comes before onMetaData/],
  [
    "metadata after the sequence header",
    withMedia(0, () => media("h264").slice(1, 2)),
    /before onMetaData/,
  ],
  [
    "metadata of another size",
    withMedia(0, () => [metadata("h264", { width: 640 })]),
    /640x182; those of the sequence header are 324x182/,
  ],
  [
    "metadata of another codec",
    withMedia(0, () => [metadata("h264", { videocodecid: 12 })]),
    /videocodecid 12; that of h264 is 7/,
  ],
  [
    "metadata without a size",
    withMedia(0, () => [metadata("h264", { height: null })]),
    /onMetaData has no numeric height/,
  ],
  [
    "metadata with an invalid frame rate",
    withMedia(0, () => [metadata("h264", { framerate: Number.NaN })]),
    /onMetaData has framerate NaN/,
  ],
  [
    "metadata without properties",
    withMedia(0, () => [data(["onMetaData"])]),
    /holds no object or ECMA array/,
  ],
  ["data without a name", withMedia(0, () => [data([7])]), /does not begin with its name/],
  [
    "no key frame first",
    withMedia(KEY_FRAME, () => []),
    /first frame after a sequence header is not a key frame/,
  ],
  [
    "a frame type that contradicts the NAL units",
    withMedia(SECOND_FRAME, (m) => [changedByte(m, 0, 0x17)]),
    /frame type is that of a key frame/,
  ],
  [
    "a decreasing timestamp",
    withMedia(5, (m) => [{ ...m, timestampMs: 65 }]),
    /timestamp 65, 1 ms before the last one/,
  ],
  [
    "a frame after the end of the sequence",
    withMedia(5, (m) => [{ ...m, payload: sequenceEnd.payload }, m]),
    /without a sequence header/,
  ],
  [
    "video on another message stream",
    withMedia(KEY_FRAME, (m) => [{ ...m, streamId: 2 }]),
    /message stream 2, where nothing is published/,
  ],
  [
    "a message type that publishers do not send",
    withMedia(KEY_FRAME, (m) => [{ ...m, typeId: 22 }]),
    /type 22/,
  ],
  ["no connect", withCommand(0), /begins with "releaseStream"; "connect" is expected/],
  ["no app", withCommand(0, command("connect", 1, { tcUrl: "rtmp://h/a" })), /no application/],
  ["no tcUrl", withCommand(0, command("connect", 1, { app: "live" })), /no tcUrl/],
  [
    "connect with transaction id 2",
    withCommand(0, command("connect", 2, connectObject)),
    /must be 1/,
  ],
  ["connect twice", withCommand(1, ...dialogue().slice(0, 1)), /connect twice/],
  ["no createStream", withCommand(3), /publish comes before createStream/],
  ["createStream twice", withCommand(2, ...dialogue().slice(3, 4)), /createStream comes twice/],
  ["createStream with transaction id 0", withCommand(3, command("createStream", 0, null)), /id 0/],
  ["no publish", withCommand(4), /where nothing is published/],
  [
    "publish twice",
    withCommand(4, ...dialogue().slice(4), ...dialogue().slice(4)),
    /publish .*twice/,
  ],
  ["no key", withCommand(4, command("publish", 5, null, [null, "live"], 1)), /no stream key/],
  [
    "another key",
    withCommand(4, command("publish", 5, null, ["x", "live"], 1)),
    /different stream key/,
  ],
  ["another type", withCommand(4, command("publish", 5, null, ["key", "dead"], 1)), /type "dead"/],
  [
    "publish on message stream 0",
    withCommand(4, command("publish", 5, null, ["key", "live"])),
    /on message stream 0; createStream returned 1/,
  ],
  [
    "FCPublish after publish",
    withMedia(0, () => [command("FCPublish", 6, null, ["key"])]),
    /FCPublish comes after publish/,
  ],
  [
    "video after deleteStream",
    withMedia(KEY_FRAME, (m) => [command("deleteStream", 6, null, [1]), m]),
    /where nothing is published/,
  ],
  [
    "deleteStream of another stream",
    withMedia(KEY_FRAME, () => [command("deleteStream", 6, null, [2])]),
    /deleteStream has message stream 2; it is 1/,
  ],
  [
    "an acknowledgement of more than was sent",
    withMedia(0, () => [protocolControlMessage({ type: "acknowledgement", receivedBytes: 1e6 })]),
    /acknowledges 1000000 bytes; only \d+ were sent/,
  ],
  [
    "an answer without a ping",
    withMedia(0, () => [userControlMessage({ event: UserControlEvent.PingResponse, value: 1 })]),
    /a ping that was not sent/,
  ],
  [
    "protocol control on another chunk stream",
    withMedia(0, () => [
      { ...protocolControlMessage({ type: "abort", chunkStreamId: 4 }), chunkStreamId: 3 },
    ]),
    /\(abort\) comes on chunk stream 3/,
  ],
  [
    "half a command",
    withMedia(0, (m) => [{ ...m, typeId: MessageType.Command, payload: Uint8Array.of(2, 0, 9) }]),
    /ends too soon/,
  ],
];

for (const [name, messages, expected] of violations) {
  Deno.test(`The tester reports ${name}`, async () => {
    const { outcome, message } = await runTester(
      { videoThreshold: 12 },
      (port) => publishBytes(port, chunks(messages)),
    );
    assert.match(outcome, /^malformed_(rtmp|video)$/, message);
    assert.match(message, expected);
  });
}

Deno.test("The tester reports a type 3 chunk on a new chunk stream", async () => {
  const { outcome, message } = await runTester(
    {},
    (port) => publishBytes(port, Uint8Array.of(0xc5, 1, 2, 3)),
  );
  assert.equal(outcome, "malformed_rtmp");
  assert.match(message, /Chunk stream 5 begins with a header of type 3/);
});

Deno.test("The tester reports a C2 that does not echo S1", async () => {
  const { outcome, message } = await runTester(
    {},
    (port) => publishBytes(port, chunks(dialogue()), (c2) => c2[1000]! ^= 1),
  );
  assert.equal(outcome, "rtmp_handshake");
  assert.match(message, /C2 does not repeat S1/);
});

Deno.test("The tester reports another protocol version", async () => {
  const { outcome, message } = await runTester({}, async (port) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await writeAll(connection, new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    await connection.read(new Uint8Array(1)).catch(() => {});
  });
  assert.equal(outcome, "rtmp_version");
  assert.match(message, /its first byte is 71/);
});

const foreign: readonly (readonly [string, VideoFormat, number[], TesterOutcome])[] = [
  ["Sorenson", "h264", [0x12, 0, 0, 0, 0], "rtmp_mode_mismatch"],
  ["AV1", "h265-enhanced", [0x90, 0x61, 0x76, 0x30, 0x31], "rtmp_mode_mismatch"],
  ["hvc1 in h264", "h264", [0x90, 0x68, 0x76, 0x63, 0x31], "rtmp_mode_mismatch"],
  [
    "hvc1 with an unknown packet type",
    "h265-enhanced",
    [0x9e, 0x68, 0x76, 0x63, 0x31],
    "unsupported_video",
  ],
  ["an empty message", "h264", [], "malformed_rtmp"],
];
for (const [name, mode, payload, expected] of foreign) {
  Deno.test(`Video in a foreign format, ${name} in mode ${mode}, ends with ${expected}`, async () => {
    const messages = [...dialogue(), metadata(mode), video(Uint8Array.from(payload), 0)];
    const { outcome } = await runTester({ mode }, (port) => publishBytes(port, chunks(messages)));
    assert.equal(outcome, expected);
  });
}
