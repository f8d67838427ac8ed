import type { Codec } from "../../src/bitstream/codec.ts";
import { Child } from "../_harness/child.ts";
import { largestReceiveBuffer } from "./_receive_buffer.ts";

/** What GStreamer receives. */
export interface GstreamerOptions {
  /** What comes. */
  readonly codec: Codec;
  /** Where it comes. */
  readonly port: number;
  /** Pictures to decode; then it ends. */
  readonly frames: number;
}

/**
 * Starts GStreamer's depayloader, parser and decoder as a receiver: luma of 8 bits comes out of stdout.
 * Whatever any element warns of is in the log.
 */
export function startGstreamer(options: GstreamerOptions, signal: AbortSignal): Child {
  const { codec, port, frames } = options;
  const caps = `application/x-rtp,media=video,clock-rate=90000,payload=96,` +
    `encoding-name=${codec.toUpperCase()}`;
  return new Child({
    name: "gst-launch-1.0",
    command: "gst-launch-1.0",
    args: [
      "--quiet",
      "udpsrc",
      "address=127.0.0.1",
      `port=${port}`,
      `buffer-size=${largestReceiveBuffer()}`,
      `caps=${caps}`,
      // With a thread of its own the socket is read while a picture is decoded.
      "!",
      "queue",
      "max-size-buffers=0",
      "max-size-bytes=0",
      "max-size-time=0",
      "!",
      `rtp${codec}depay`,
      "!",
      `${codec}parse`,
      "!",
      `avdec_${codec}`,
      // It counts before it passes on: the buffer that makes it end is lost.
      "!",
      "identity",
      `eos-after=${frames + 1}`,
      "!",
      "videoconvert",
      "!",
      "video/x-raw,format=GRAY8",
      "!",
      "fdsink",
      "fd=1",
      "sync=false",
    ],
    env: { GST_DEBUG: "2", GST_DEBUG_NO_COLOR: "1" },
    stdout: "bytes",
    signal,
  });
}
