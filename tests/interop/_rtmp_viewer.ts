import { Child } from "../_harness/child.ts";
import { rawPictures } from "./_ffmpeg.ts";

/**
 * Starts FFmpeg as a viewer of an RTMP URL. Writes luma planes to stdout.
 *
 * @param frames Number of pictures after which FFmpeg ends.
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
      // FFmpeg would probe for audio for five seconds by default.
      "-analyzeduration",
      "500000",
      "-i",
      url,
      ...rawPictures(frames, "gray"),
    ],
    stdout: "bytes",
    signal,
  });
}

/**
 * Starts FFmpeg 8.1, which supports H.265 in FLV. Writes luma planes to stdout.
 *
 * @param role Whether to play the URL, or to be the server at the URL and accept a publisher.
 * @param frames Number of pictures after which FFmpeg ends, unless the stream ends first.
 */
export function startFfmpeg8(
  role: "view" | "listen",
  url: string,
  frames: number,
  signal: AbortSignal,
): Child {
  return startPeer("ffmpeg8_pictures.mjs", [url, `${frames}`, role], "bytes", signal);
}

/** Starts a script of `tests/peers` under Node that is not controlled by messages. */
export function startPeer(
  script: string,
  args: readonly string[],
  stdout: "lines" | "bytes",
  signal: AbortSignal,
): Child {
  const { pathname } = new URL(`../peers/${script}`, import.meta.url);
  return new Child({ name: script, command: "node", args: [pathname, ...args], stdout, signal });
}
