import type { Codec } from "../../src/bitstream/codec.ts";
import { Child } from "../_harness/child.ts";
import { rawPictures } from "../interop/_ffmpeg.ts";
import { lumaOf } from "../interop/_gstreamer.ts";

/** What a client plays. */
export interface Playback {
  readonly url: string;
  readonly codec: Codec;
  readonly transport: "tcp" | "udp";
  /** Pictures after which the client ends. */
  readonly pictures: number;
}

/** A player that writes the luma of each picture to stdout, without padding. */
export interface Client {
  readonly name: string;
  readonly transports: readonly ("tcp" | "udp")[];
  start(playback: Playback, signal: AbortSignal): Child;
}

/** Reads pictures with OpenCV, which has FFmpeg's demuxer and decoder. */
const OPENCV = `
import cv2, sys
capture = cv2.VideoCapture(sys.argv[1], cv2.CAP_FFMPEG)
for _ in range(int(sys.argv[2])):
    ok, picture = capture.read()
    if not ok:
        sys.exit("OpenCV reads no more")
    sys.stdout.buffer.write(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).tobytes())
    sys.stdout.buffer.flush()
`;

/** Clients that play without a screen. */
export const CLIENTS: readonly Client[] = [
  {
    name: "ffmpeg",
    transports: ["tcp", "udp"],
    start: ({ url, transport, pictures }, signal) =>
      child("ffmpeg", signal, [
        "-nostdin",
        "-hide_banner",
        "-loglevel",
        "warning",
        "-rtsp_transport",
        transport,
        "-i",
        url,
        ...rawPictures(pictures, "gray"),
      ]),
  },
  {
    name: "FFmpeg 8.1",
    transports: ["tcp", "udp"],
    start: ({ url, transport, pictures }, signal) =>
      child("node", signal, [
        new URL("../peers/ffmpeg8_pictures.mjs", import.meta.url).pathname,
        url,
        `${pictures}`,
        `rtsp-${transport}`,
      ]),
  },
  {
    name: "GStreamer",
    transports: ["tcp", "udp"],
    start: ({ url, transport, pictures, codec }, signal) =>
      child("gst-launch-1.0", signal, [
        "--quiet",
        "rtspsrc",
        `location=${url}`,
        `protocols=${transport}`,
        "latency=200",
        ...lumaOf(codec, pictures),
      ]),
  },
  {
    name: "OpenCV",
    transports: ["tcp", "udp"],
    start: ({ url, transport, pictures }, signal) =>
      child("/usr/bin/python3", signal, ["-c", OPENCV, url, `${pictures}`], {
        OPENCV_FFMPEG_CAPTURE_OPTIONS: `rtsp_transport;${transport}`,
      }),
  },
  {
    name: "mpv",
    transports: ["tcp", "udp"],
    start: ({ url, transport, pictures }, signal) =>
      child("mpv", signal, [
        "--no-config",
        "--really-quiet",
        `--rtsp-transport=${transport}`,
        "--no-audio",
        ...[`--frames=${pictures}`, "--vf=format=gray", "--ovc=rawvideo", "--of=rawvideo"],
        "--o=/dev/stdout",
        url,
      ]),
  },
];

function child(
  command: string,
  signal: AbortSignal,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Child {
  return new Child({ name: command, command, args, stdout: "bytes", signal, env });
}
