import type { Codec } from "../../src/bitstream/codec.ts";
import type { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";

/** Stands for a secret: it may show up in nothing that the product prints. */
export const KEY = "k3y-0f-th3-c4m3r4";

/** What is published. */
export interface PublisherOptions {
  /** What is sent. */
  readonly codec: Codec;
  /** Where to. */
  readonly url: string;
  /** Pixels. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Frames that the producer makes, 30 a second; then the run ends. 0 is without end. */
  readonly frames: number;
  /** More flags. */
  readonly flags?: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the product as a publisher of the simulator's pictures. */
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

/** What a publisher says in the end. */
export interface PublisherSummary {
  /** Access units handed to the server's connection. */
  readonly sent: number;
  /** Frames of the producer that were not encoded, and access units that were not sent. */
  readonly leftOut: number;
}

/**
 * Reads the summary of a publisher that has ended.
 *
 * @throws {Error} When there is none.
 */
export function summaryOf({ log: { lines } }: Child): PublisherSummary {
  const text = lines.join("\n");
  const ingest = /(\d+) torn, (\d+) dropped, (\d+) stale/.exec(text);
  const sink = /sent +(\d+) access units.*?(\d+) not sent, to rtmp/.exec(text);
  if (ingest === null || sink === null) throw new Error(`No summary in the log:\n${text}`);
  const [, sent, notSent] = sink;
  const counts = [...ingest.slice(1), notSent].map(Number);
  return { sent: Number(sent), leftOut: counts.reduce((sum, count) => sum + count, 0) };
}

/** The lines in which a process shows the key; there should be none. */
export function linesWithKey({ log, output }: Child): string[] {
  return [...log.lines, ...output.lines].filter((line) => line.includes(KEY));
}
