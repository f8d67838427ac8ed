import type { Codec } from "../../src/bitstream/codec.ts";
import type { Child } from "../_harness/child.ts";
import { droppedFrames } from "../_harness/dropped_frames.ts";
import { startProduct } from "../_harness/product.ts";

/** A stream key. It is secret, so the product must never print it. */
export const KEY = "k3y-0f-th3-c4m3r4";

/** Options of {@linkcode startPublisher}. */
export interface PublisherOptions {
  /** Codec of the stream. */
  readonly codec: Codec;
  /** RTMP URL of the server. */
  readonly url: string;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Number of frames, at 30 fps, after which the run ends; 0 for no limit. */
  readonly frames: number;
  /** Additional flags. */
  readonly flags?: readonly string[];
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the product as a publisher with the simulator as its source. */
export function startPublisher(options: PublisherOptions, signal: AbortSignal): Child {
  const { codec, url, width, height, frames, flags = [], env = {} } = options;
  return startProduct(
    [
      "--codec",
      codec,
      "--encoder",
      "software",
      "--input-mode",
      "dummy",
      "--dummy-width",
      `${width}`,
      "--dummy-height",
      `${height}`,
      "--dummy-fps",
      "30",
      "--dummy-frames",
      `${frames}`,
      "--rtmp",
      "--rtmp-url",
      url,
      ...flags,
    ],
    signal,
    env,
  );
}

/** Counts of a publisher's summary. */
export interface PublisherSummary {
  /** Access units sent to the server. */
  readonly sent: number;
  /** Frames that were not encoded, and access units that were not sent. */
  readonly dropped: number;
}

/**
 * Parses the summary of a publisher that has ended.
 *
 * @throws {Error} If the log has no summary.
 */
export function summaryOf(publisher: Child): PublisherSummary {
  const text = publisher.log.lines.join("\n");
  const sink = /sent +(\d+) access units.*?(\d+) not sent, to rtmp/.exec(text);
  if (sink === null) throw new Error(`No RTMP in the summary:\n${text}`);
  const [, sent, notSent] = sink;
  return { sent: Number(sent), dropped: droppedFrames(publisher) + Number(notSent) };
}

/** Returns the output lines that contain the key, which tests expect to be empty. */
export function linesWithKey({ log, output }: Child): string[] {
  return [...log.lines, ...output.lines].filter((line) => line.includes(KEY));
}
