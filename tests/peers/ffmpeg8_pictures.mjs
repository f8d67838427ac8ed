/**
 * Decodes video by FFmpeg 8.1, as npm:node-av brings it, and writes the luma of each picture to standard
 * output, without padding. Unlike older ones it reads H.265 in FLV, in enhanced packaging and as codec
 * id 12.
 *
 *   node ffmpeg8_pictures.mjs URL FRAMES [listen|rtsp-tcp|rtsp-udp]
 *
 * With "listen" it is the RTMP server that the URL names, and takes a publisher. Ends after FRAMES
 * pictures, or with the stream. FFmpeg's warnings go to standard error, and presentation times that do
 * not grow.
 */
import "./promise_with_resolvers.mjs";
import { AV_LOG_WARNING, Decoder, Demuxer, Log } from "node-av";

const [url, framesText, role] = process.argv.slice(2);
const frames = Number(framesText);
if (url === undefined || !(frames > 0)) {
  console.error("ffmpeg8_pictures: expected a URL and a number of frames");
  process.exit(2);
}

Log.setLevel(AV_LOG_WARNING);
const input = await Demuxer.open(url, {
  // It would look for sound for five seconds.
  options: {
    analyzeduration: 500_000,
    ...(role === "listen" && { listen: 1 }),
    ...(role?.startsWith("rtsp-") && { rtsp_transport: role.slice(5) }),
  },
});
const stream = input.video();
const decoder = await Decoder.create(stream);
let decoded = 0;
let lastPts = -1n;
for await (const frame of decoder.frames(input.packets(stream.index))) {
  if (frame === null) continue;
  // The decoder knows their order without them.
  if (frame.pts <= lastPts) {
    console.error(
      `picture ${decoded} has time ${frame.pts}, behind ${lastPts}`,
    );
  }
  lastPts = frame.pts;
  await write(lumaOf(frame));
  frame.free();
  if (++decoded === frames) break;
}
// Whatever it still waits for.
process.exit(0);

function lumaOf({ width, height, data: [samples], linesize: [stride] }) {
  const luma = Buffer.alloc(width * height);
  for (let row = 0; row < height; row++) {
    samples.copy(luma, row * width, row * stride, row * stride + width);
  }
  return luma;
}

function write(bytes) {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => error ? reject(error) : resolve());
  });
}
