// deno-lint-ignore-file no-console -- prints its progress
/**
 * Demo: a simulated camera writes frames to shared memory, the streamer encodes them and sends RTP, FFmpeg
 * decodes them, and the frame numbers are read from the decoded pictures.
 *
 *   scripts/demo.sh [--codec h264|h265] [--seconds N]
 *   scripts/demo.sh --page      shows three cameras in a page until Ctrl-C; one of them misbehaves
 *   scripts/demo.sh --watch     streams until Ctrl-C, and prints how to watch the stream in a player
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { readFrameCells } from "../src/simulator/frame_cells.ts";

const WIDTH = 1280;
const HEIGHT = 720;
const FPS = 30;
const say = (line: string): void => console.log(line);

const { codec, seconds, watch, page } = readArguments();

function readArguments(): { codec: string; seconds: number; watch: boolean; page: boolean } {
  try {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        codec: { type: "string", default: "h264" },
        seconds: { type: "string", default: "6" },
        watch: { type: "boolean", default: false },
        page: { type: "boolean", default: false },
      },
    });
    const seconds = Number(values.seconds);
    if (["h264", "h265"].includes(values.codec) && seconds > 0 && seconds < 3600) {
      return { codec: values.codec, seconds, watch: values.watch, page: values.page };
    }
  } catch {
    // An unknown option: fall through.
  }
  console.error("demo: expected [--codec h264|h265] [--seconds N | --watch | --page]");
  Deno.exit(2);
}

/** Runs the command line from the sources. */
function startStreamer(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "streamer", ...args],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

function terminate(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGTERM");
  } catch {
    // It has already ended.
  }
}

/** Resolves when the directory contains a file with this name. */
async function fileExists(directory: string, name: string): Promise<void> {
  using watcher = Deno.watchFs(directory);
  try {
    if (await Deno.stat(`${directory}/${name}`)) return;
  } catch {
    // It does not exist yet.
  }
  for await (const { paths } of watcher) {
    if (paths.some((path) => path.endsWith(`/${name}`))) return;
  }
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  // The RTP port is even by convention; RTCP uses the next one.
  return port - (port % 2);
}

async function decode(sdp: string, frames: number): Promise<number> {
  // Low latency: no buffering.
  const flags =
    "-hide_banner -loglevel error -protocol_whitelist file,udp,rtp -fflags nobuffer -flags low_delay";
  const decoder = new Deno.Command("ffmpeg", {
    args: [...flags.split(" "), "-i", sdp, "-frames:v", `${frames}`]
      .concat("-f rawvideo -pix_fmt gray -fps_mode passthrough pipe:1".split(" ")),
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const picture = new Uint8Array(WIDTH * HEIGHT);
  let filled = 0;
  let decoded = 0;
  for await (const chunk of decoder.stdout) {
    for (let used = 0; used < chunk.length;) {
      const part = chunk.subarray(used, used + picture.length - filled);
      picture.set(part, filled);
      filled += part.length;
      used += part.length;
      if (filled < picture.length) continue;
      filled = 0;
      const number = readFrameCells({
        samples: picture,
        strideBytes: WIDTH,
        width: WIDTH,
        height: HEIGHT,
      });
      if (decoded++ % FPS === 0) {
        say(`  decoded picture ${decoded}: it shows frame ${number ?? "?"}`);
      }
    }
  }
  await decoder.status;
  return decoded;
}

if (page) {
  const { showPage } = await import("./demo_page.ts");
  Deno.exit(await showPage(codec, startStreamer, terminate));
}

const directory = await Deno.makeTempDir({ prefix: "cvmmap-demo-" });
const sdp = `${directory}/stream.sdp`;
const port = await freeUdpPort();
const target = `demo${Deno.pid}@${directory}`;
const source = ["--target", `cvmmap://${target}`];

say(`Streaming ${codec} from a simulated camera to RTP port ${port} of this machine ...`);
const simulator = startStreamer(
  "simulate",
  ...source,
  "--width",
  `${WIDTH}`,
  "--height",
  `${HEIGHT}`,
  "--fps",
  `${FPS}`,
  "--frames",
  "0",
);
const streamer = startStreamer(
  "--codec",
  codec,
  ...source,
  "--rtp",
  "--rtp-endpoint",
  `127.0.0.1:${port}`,
  "--rtp-sdp",
  sdp,
);
let stopping = false;
const stop = (): void => {
  if (stopping) return;
  stopping = true;
  terminate(streamer);
};
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
streamer.status.then(() => terminate(simulator)).catch(() => {});

let isComplete = true;
try {
  await Promise.race([fileExists(directory, "stream.sdp"), streamer.status]);
  if (watch) {
    say("");
    say("Watch it with one of:");
    say("  ffplay -protocol_whitelist file,udp,rtp -fflags nobuffer -flags low_delay \\");
    say(`    -probesize 32 -analyzeduration 0 ${sdp}`);
    say(
      `  gst-launch-1.0 filesrc location=${sdp} ! sdpdemux latency=20 ! decodebin ! autovideosink`,
    );
    say("Ctrl-C ends it.");
    await streamer.status;
  } else {
    const expected = seconds * FPS;
    const decoded = await decode(sdp, expected);
    isComplete = decoded === expected;
    say(
      isComplete
        ? `FFmpeg decoded ${decoded} pictures.`
        : `FFmpeg decoded only ${decoded} of ${expected} pictures.`,
    );
    say("To watch the stream yourself: ./scripts/demo.sh --watch");
  }
} finally {
  stop();
  await Promise.all([streamer.status, simulator.status]);
  await Deno.remove(directory, { recursive: true });
}
Deno.exit(isComplete ? 0 : 1);
