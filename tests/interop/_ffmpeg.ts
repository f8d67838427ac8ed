import type { Codec } from "../../src/bitstream/codec.ts";
import { Child } from "../_harness/child.ts";
import { largestReceiveBuffer } from "./_receive_buffer.ts";

/**
 * Starts FFmpeg as a receiver of what a session description describes.
 *
 * @param outputs Its arguments behind the input.
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
      // With a thread of its own the socket is read while a picture is decoded.
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
 * Arguments for raw pictures on stdout, each decoded one once.
 *
 * @param frames How many, then FFmpeg ends.
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
    // In steps of the frame rate that FFmpeg guesses, two frames that came close together would be one.
    "-enc_time_base",
    "1:90000",
    "-f",
    "rawvideo",
    "-pix_fmt",
    pixelFormat,
    "pipe:1",
  ];
}

/** What FFmpeg warned of, less what is about its own command line. */
export function complaints(ffmpeg: Child): string[] {
  return ffmpeg.log.lines.filter((line) => !/^-vsync is deprecated/.test(line));
}

/**
 * Arguments for the coded stream as it came, in a file.
 *
 * @param frames How many access units.
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
    // RTP tells when a picture is shown, not when it is decoded: this muxer wants to know, and needs not.
    "-bsf:v",
    "setts=ts=N",
    "-f",
    format,
    path,
  ];
}

/** What ffprobe says of some entries, for example `stream=color_range`, of a file: a line for each. */
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
