import denoJson from "../../deno.json" with { type: "json" };
import { ENCODER_CANDIDATES } from "../../src/encode/candidates.ts";
import type { EncodeOptions } from "../../src/encode/options.ts";
import type { Programs } from "./_build.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Size and rate of the pictures in a run. */
export interface Picture {
  /** Name in reports, for example `720p`. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** The pictures that the benchmarks use. */
export const PICTURES: readonly Picture[] = [
  { name: "360p", width: 640, height: 360, fps: 30 },
  { name: "720p", width: 1280, height: 720, fps: 30 },
  { name: "1080p", width: 1920, height: 1080, fps: 30 },
];

/** Source of a subject's frames, and the port that it sends RTP to. */
export interface Wiring {
  readonly shmName: string;
  readonly zmqEndpoint: string;
  readonly port: number;
}

/** A program under measurement. */
export interface Subject {
  readonly name: string;
  /** Returns the command line for a run. */
  command(picture: Picture, wiring: Wiring): CommandLine;
}

/** A program and its arguments. */
export interface CommandLine {
  readonly path: string;
  readonly args: string[];
}

/** Encoder settings of all subjects: the product's defaults. */
export const ENCODE = {
  codec: "h264",
  encoder: "software",
  gop: 30,
  bFrames: 0,
  bitrateKbps: 4000,
  speedPreset: "ultrafast",
} as const satisfies EncodeOptions;

/** Returns the product: its sources, started like by the task `streamer`, or an executable. */
export function product(executable: string | undefined): Subject {
  return {
    name: executable === undefined ? "cvmmap-streamer (sources)" : "cvmmap-streamer (executable)",
    command(_picture, wiring): CommandLine {
      return productCommandLine(executable, [
        "--codec",
        ENCODE.codec,
        "--encoder",
        ENCODE.encoder,
        "--gop",
        `${ENCODE.gop}`,
        "--bitrate",
        `${ENCODE.bitrateKbps}`,
        "--speed-preset",
        ENCODE.speedPreset,
        "--shm-name",
        wiring.shmName,
        "--zmq-endpoint",
        wiring.zmqEndpoint,
        "--rtp",
        "--rtp-endpoint",
        `127.0.0.1:${wiring.port}`,
      ]);
    },
  };
}

/** Returns the command line of the product: its sources, started like by the task `streamer`, or an executable. */
export function productCommandLine(
  executable: string | undefined,
  args: readonly string[],
): CommandLine {
  if (executable !== undefined) return { path: executable, args: [...args] };
  // Runs the task's command directly, because `deno task` would add a process.
  const [, ...denoArgs] = denoJson.tasks.streamer.command.split(" ");
  const main = denoArgs.pop();
  return { path: Deno.execPath(), args: [...denoArgs, `${ROOT}${main}`, ...args] };
}

/**
 * Returns the program to compare the product with.
 *
 * @param name `plain`, `libyuv`, `ffmpeg`, or the path of another executable of the product.
 */
export async function peer(name: string, programs: Programs): Promise<Subject> {
  switch (name) {
    case "plain":
      return plainPipeline("plain C", programs.plainPipeline);
    case "libyuv":
      return plainPipeline("plain C with libyuv", await programs.libyuvPipeline());
    case "ffmpeg":
      return ffmpegPipe(await programs.pipeFeeder());
    default:
      return { ...product(name), name };
  }
}

/** Returns FFmpeg with equivalent settings. Its CPU time is measured without that of the feeder. */
function ffmpegPipe(feeder: string): Subject {
  return {
    name: "ffmpeg through a pipe",
    command: ({ width, height, fps }, { shmName, zmqEndpoint, port }) => ({
      path: feeder,
      args: [
        shmName,
        zmqEndpoint,
        `${width}`,
        `${height}`,
        "ffmpeg",
        "-hide_banner",
        "-loglevel",
        "error",
        "-fflags",
        "nobuffer",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "bgr24",
        "-video_size",
        `${width}x${height}`,
        "-framerate",
        `${fps}`,
        "-i",
        "-",
        "-pix_fmt",
        "yuv420p",
        "-c:v",
        "libx264",
        "-preset",
        ENCODE.speedPreset,
        "-tune",
        "zerolatency",
        "-bf",
        `${ENCODE.bFrames}`,
        "-b:v",
        `${ENCODE.bitrateKbps}k`,
        "-g",
        `${ENCODE.gop}`,
        "-sc_threshold",
        "0",
        "-f",
        "rtp",
        "-payload_type",
        "96",
        `rtp://127.0.0.1:${port}?pkt_size=1400`,
      ],
    }),
  };
}

/** Returns a plain C program that uses GStreamer's elements and the same encoder with the same settings. */
export function plainPipeline(name: string, path: string): Subject {
  const candidate = ENCODER_CANDIDATES.find(({ codec, kind }) =>
    codec === ENCODE.codec && kind === "software"
  );
  if (candidate === undefined) throw new Error("No software encoder found to compare with");
  const properties = Object.entries(candidate.properties(ENCODE)).map(([name, value]) =>
    `${name}=${value}`
  );
  return {
    name,
    command: ({ width, height, fps }, { shmName, zmqEndpoint, port }) => ({
      path,
      args: [
        shmName,
        zmqEndpoint,
        `${width}`,
        `${height}`,
        `${fps}`,
        "127.0.0.1",
        `${port}`,
        [candidate.element, ...properties].join(" "),
      ],
    }),
  };
}
