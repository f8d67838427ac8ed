import type { Codec } from "../../src/bitstream/codec.ts";
import { Child } from "../_harness/child.ts";
import { largestReceiveBuffer } from "./_receive_buffer.ts";

/** Options of {@linkcode startGstreamer}. */
export interface GstreamerOptions {
  /** Codec of the stream. */
  readonly codec: Codec;
  /** RTP port. */
  readonly port: number;
  /** Number of pictures after which GStreamer ends. */
  readonly frames: number;
}

/**
 * Starts GStreamer's depayloader, parser and decoder as a receiver. Writes 8-bit luma planes to
 * stdout, and warnings of the elements to the log.
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
      // Read the socket in a separate thread, while pictures are decoded.
      "!",
      "queue",
      "max-size-buffers=0",
      "max-size-bytes=0",
      "max-size-time=0",
      ...lumaOf(codec, frames),
    ],
    env: { GST_DEBUG: "2", GST_DEBUG_NO_COLOR: "1" },
    stdout: "bytes",
    signal,
  });
}

/** The elements after a source of RTP that write the 8-bit luma planes of pictures to stdout. */
export function lumaOf(codec: Codec, pictures: number): readonly string[] {
  return [
    ...decoding(codec),
    // identity counts a buffer before it passes it on, so the last one is lost.
    "!",
    "identity",
    `eos-after=${pictures + 1}`,
    "!",
    "videoconvert",
    "!",
    "video/x-raw,format=GRAY8",
    "!",
    "fdsink",
    "fd=1",
    "sync=false",
  ];
}

/** The elements after a source of RTP that decode it. */
export function decoding(codec: Codec): readonly string[] {
  return ["!", `rtp${codec}depay`, "!", `${codec}parse`, "!", `avdec_${codec}`];
}
