import type { Codec } from "../../src/bitstream/codec.ts";
import { Child } from "../_harness/child.ts";
import { largestReceiveBuffer } from "./_receive_buffer.ts";

/**
 * Starts FFmpeg as the receiver of a session description.
 *
 * @param outputs Arguments after the input.
 */
export function startFfmpeg(
  sdpPath: string,
  outputs: readonly string[],
  signal: AbortSignal,
): Child {
  return new Child({
    name: "ffmpeg",
    command: "ffmpeg",
    args: [
      "-hide_banner",
      "-nostdin",
      "-loglevel",
      "warning",
      // Read the socket in a separate thread, while pictures are decoded.
      "-thread_queue_size",
      "1024",
      "-buffer_size",
      `${largestReceiveBuffer()}`,
      "-protocol_whitelist",
      "file,udp,rtp",
      "-i",
      sdpPath,
      ...outputs,
    ],
    stdout: "bytes",
    signal,
  });
}

/**
 * Returns the arguments for raw pictures on stdout, without duplicated or dropped ones.
 *
 * @param frames Number of pictures after which FFmpeg ends.
 */
export function rawPictures(frames: number, pixelFormat: "gray" | "rgb24"): string[] {
  return [
    // Not -fps_mode: FFmpeg before 5.1 does not know it.
    "-map",
    "0:v",
    "-frames:v",
    `${frames}`,
    "-vsync",
    "passthrough",
    // With the time base of the estimated frame rate, two frames in quick succession would be
    // merged.
    "-enc_time_base",
    "1:90000",
    "-f",
    "rawvideo",
    "-pix_fmt",
    pixelFormat,
    "pipe:1",
  ];
}

/** Returns FFmpeg's warnings, except for those about its command line. */
export function warnings(ffmpeg: Child): string[] {
  return ffmpeg.log.lines.filter((line) => !/^-vsync is deprecated/.test(line));
}

/**
 * Returns the arguments for writing the received coded stream to a file.
 *
 * @param frames Number of access units.
 */
export function codedStream(codec: Codec, frames: number, path: string): string[] {
  const format = codec === "h264" ? "h264" : "hevc";
  return [
    "-map",
    "0:v",
    "-frames:v",
    `${frames}`,
    "-c",
    "copy",
    // RTP has no decoding times, but this muxer requires some; it does not use them.
    "-bsf:v",
    "setts=ts=N",
    "-f",
    format,
    path,
  ];
}

/** Returns ffprobe's output for entries of a file, such as `stream=color_range`, one line each. */
export async function ffprobe(
  path: string,
  entries: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  await using probe = new Child({
    name: "ffprobe",
    command: "ffprobe",
    args: ["-v", "error", "-show_entries", entries, "-of", "default=noprint_wrappers=1", path],
    signal,
  });
  await probe.succeeded();
  return probe.output.lines;
}

/** Decoding and presentation time of a packet, in milliseconds. */
export interface PacketTimes {
  readonly dts: number;
  readonly pts: number;
}

/** Parses the output of FFmpeg's `framecrc` for a stream with times in milliseconds, as in FLV. */
export function packetTimes(framecrc: string): PacketTimes[] {
  if (!/^#tb 0: 1\/1000$/m.test(framecrc)) {
    throw new Error(`expected a time base of 1/1000, got:\n${framecrc}`);
  }
  return Array.from(framecrc.matchAll(/^0, *(-?\d+), *(-?\d+),/gm), ([, dts, pts]) => {
    return { dts: Number(dts), pts: Number(pts) };
  });
}
