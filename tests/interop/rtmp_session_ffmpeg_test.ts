import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { reply, TestServer } from "../../src/rtmp/_test_server.ts";
import { adobeResponse } from "../../src/rtmp/client/adobe_auth.ts";
import { textOf } from "../../src/rtmp/amf0/amf0.ts";
import { ChunkReader } from "../../src/rtmp/wire/chunk_reader.ts";
import { RtmpSession } from "../../src/rtmp/client/client_session.ts";
import { Handshake } from "../../src/rtmp/wire/handshake.ts";
import { MessageType, type RtmpMessage } from "../../src/rtmp/wire/message.ts";
import { parseRtmpUrl } from "../../src/rtmp/url.ts";
import { Child } from "../_harness/child.ts";
import { freeTcpPort, untilListening } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";

/** Returns metadata, sequence header and frames that were captured from FFmpeg. */
function capturedMedia(): RtmpMessage[] {
  const path = new URL("../fixtures/rtmp/ffmpeg_publish.rtmp", import.meta.url);
  const bytes = Deno.readFileSync(path);
  const media: RtmpMessage[] = [];
  const reader = new ChunkReader((message) => {
    if (message.typeId === MessageType.Video || message.typeId === MessageType.Data) {
      media.push(message);
    }
  });
  reader.push(bytes.subarray(new Handshake("server").push(bytes)));
  return media;
}

Deno.test("FFmpeg as a server receives what RtmpSession publishes, byte for byte", async () => {
  using limit = new TimeLimit(60);
  const port = freeTcpPort();
  const text = `rtmp://127.0.0.1:${port}/live/key?token=1`;
  await using ffmpeg = new Child({
    name: "ffmpeg",
    command: "ffmpeg",
    args: [
      "-hide_banner",
      "-nostdin",
      "-loglevel",
      "warning",
      "-listen",
      "1",
      "-i",
      text,
      "-map",
      "0:v",
      "-c",
      "copy",
      "-f",
      "framemd5",
      "-",
    ],
    signal: limit.signal,
  });
  await untilListening(port, ffmpeg, limit.signal);
  const media = capturedMedia();
  {
    await using session = await RtmpSession.open(parseRtmpUrl(text), {}, limit.signal);
    for (const { typeId, timestampMs, payload } of media) {
      session.send({ type: typeId === MessageType.Video ? "video" : "data", timestampMs, payload });
    }
  }
  await ffmpeg.succeeded();
  // The frames after their header of five bytes, without the sequence header and the end of
  // sequence.
  const frames = media.filter(({ typeId }) => typeId === MessageType.Video).slice(1, -1);
  assert.deepEqual(
    ffmpeg.output.lines.filter((line) => !line.startsWith("#")).map((line) => {
      const [, dts, , , size, hash] = line.split(",").map((field) => field.trim());
      return [Number(dts), Number(size), hash];
    }),
    frames.map(({ timestampMs, payload }) => {
      const data = payload.subarray(5);
      return [timestampMs, data.length, createHash("md5").update(data).digest("hex")];
    }),
  );
  // FFmpeg as a server reports every end as an error, also with FFmpeg as the publisher.
  assert.deepEqual(ffmpeg.log.lines, [`${text}: Input/output error`]);
});

Deno.test("adobeResponse() computes the same response as FFmpeg", async () => {
  using limit = new TimeLimit(60);
  const credentials = { user: "me", password: "pass" };
  const answers: { challenge: string; response: string }[] = [];
  await using server = new TestServer({
    answers: {
      connect(command, connection): void {
        const app = textOf(command.object, "app") ?? "";
        const { challenge, response } = Object.fromEntries(
          app.split(/[?&]/).map((pair) => pair.split(/=(.*)/s)),
        );
        if (challenge !== undefined && response !== undefined) {
          answers.push({ challenge, response });
        }
        reply(connection, "_error", command, {
          level: "error",
          code: "NetConnection.Connect.Rejected",
          description: answers.length > 0
            ? "[ authmod=adobe ] : ?reason=authfailed"
            : app === "live"
            ? "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : "
            : "[ authmod=adobe ] : ?reason=needauth&user=me&salt=c2FsdA==&challenge=Y2g=&opaque=b3BhcXVl",
        });
      },
    },
  });
  await using ffmpeg = new Child({
    name: "ffmpeg",
    command: "ffmpeg",
    args: [
      "-hide_banner",
      "-nostdin",
      "-f",
      "lavfi",
      "-i",
      "testsrc2=size=64x48",
      "-frames:v",
      "1",
      "-f",
      "flv",
      `rtmp://me:pass@127.0.0.1:${server.port}/live/key`,
    ],
    signal: limit.signal,
  });
  await ffmpeg.ended;
  const [answer] = answers;
  assert.ok(answer !== undefined, ffmpeg.log.lines.join("\n"));
  const { challenge, response } = answer;
  assert.equal(adobeResponse(credentials, "c2FsdA==", "b3BhcXVl", challenge), response);
});
