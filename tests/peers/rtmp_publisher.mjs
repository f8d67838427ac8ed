/**
 * Publishes a test picture over RTMP by FFmpeg 8.1, which is in npm:node-av: newer than the FFmpeg
 * of most systems, and so able to do H.265 as Enhanced RTMP has it.
 *
 *   node rtmp_publisher.mjs URL ENCODER FRAMES
 *
 * Prints {"over": true} at the end, also when the server has closed the connection before.
 */
import "./promise_with_resolvers.mjs";
import { AV_LOG_FATAL } from "node-av/constants";
import { Decoder, Demuxer, Encoder, FFmpegError, Log, Muxer } from "node-av";

const [url, codec, frames] = process.argv.slice(2);
if (frames === undefined) {
  console.error(
    "rtmp_publisher: expected a URL, an encoder and a number of frames",
  );
  process.exit(2);
}

Log.setLevel(AV_LOG_FATAL);
const seconds = Number(frames) / 30;
const input = await Demuxer.open(
  `testsrc2=size=324x182:rate=30:duration=${seconds}`,
  {
    format: "lavfi",
  },
);
const stream = input.video();
const decoder = await Decoder.create(stream);
const encoder = await Encoder.create(codec, {
  context: { gopSize: 15 },
  options: {
    ...{ preset: "ultrafast", tune: "zerolatency" },
    ...(codec === "libx265" ? { "x265-params": "log-level=error:info=0" } : {}),
  },
});
const output = await Muxer.open(url, { format: "flv" });
const index = output.addStream(encoder);

try {
  for await (
    const packet of encoder.packets(decoder.frames(input.packets(stream.index)))
  ) {
    await output.writePacket(packet, index);
  }
  await output.close();
} catch (error) {
  // The server wants no more. It may say so by an error, or just close.
  if (!(error instanceof FFmpegError)) throw error;
}
console.log(JSON.stringify({ over: true }));
process.exit(0);
