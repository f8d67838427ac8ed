import { Child } from "../_harness/child.ts";

/**
 * Starts FFmpeg as a viewer of an RTMP URL: luma comes out of stdout.
 *
 * @param frames Pictures to decode; then it ends.
 */
export function startFfmpegViewer(url: string, frames: number, signal: AbortSignal): Child {
  return new Child({
    name: "ffmpeg",
    command: "ffmpeg",
    args: [
      "-hide_banner",
      "-nostdin",
      "-loglevel",
      "repeat+warning",
      // It would look for sound for five seconds.
      "-analyzeduration",
      "500000",
      "-i",
      url,
      "-map",
      "0:v",
      "-frames:v",
      `${frames}`,
      "-vsync",
      "passthrough",
      "-enc_time_base",
      "1:90000",
      "-f",
      "rawvideo",
      "-pix_fmt",
      "gray",
      "pipe:1",
    ],
    stdout: "bytes",
    signal,
  });
}

/**
 * Starts FFmpeg 8.1, which reads H.265 in FLV: luma comes out of stdout.
 *
 * @param role Whether it asks the URL's server for a stream, or is that server and takes a publisher.
 * @param frames Pictures to decode; then it ends, as it does with the stream.
 */
export function startFfmpeg8(
  role: "view" | "listen",
  url: string,
  frames: number,
  signal: AbortSignal,
): Child {
  return startPeer("ffmpeg8_pictures.mjs", [url, `${frames}`, role], "bytes", signal);
}

/** Starts a script of `tests/peers` that does not talk to us, under Node. */
export function startPeer(
  script: string,
  args: readonly string[],
  stdout: "lines" | "bytes",
  signal: AbortSignal,
): Child {
  const { pathname } = new URL(`../peers/${script}`, import.meta.url);
  return new Child({ name: script, command: "node", args: [pathname, ...args], stdout, signal });
}
