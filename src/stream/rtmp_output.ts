import { getLogger } from "@logtape/logtape";
import type { EncodeOptions } from "../encode/options.ts";
import type { StreamerError } from "../errors.ts";
import { type RtmpChange, RtmpSink } from "../rtmp/rtmp_sink.ts";
import { RtmpNews } from "./rtmp_news.ts";
import { maskedUrl, parseRtmpUrl } from "../rtmp/url.ts";
import { type VideoMode, videoPackaging } from "../rtmp/video_formats.ts";

const logger = getLogger(["cvmmap", "rtmp"]);

/** Where RTMP goes, and how. */
export interface RtmpOutputOptions {
  /** `rtmp://HOST[:PORT]/APP/KEY`; it is never shown whole. */
  readonly url: string;
  /** Packaging of H.265; H.264 has `enhanced` only. */
  readonly mode: VideoMode;
  /** Whether a lost session is followed by another; a run without that ends with the first loss. */
  readonly reconnect: boolean;
  /** Age in milliseconds at which what waits for the server is dropped. */
  readonly maxQueueMs: number;
}

/** What an RTMP output needs to know of its stream. */
export interface RtmpOutputContext {
  /** How it is encoded. */
  readonly encode: EncodeOptions;
  /** Frames a second, as far as is known. */
  readonly frameRate: () => number | undefined;
  /** Asks the encoder for a key frame. */
  readonly requestKeyFrame: () => void;
  /** Ends the run. */
  readonly fail: (error: StreamerError) => void;
}

/** Opens the RTMP output of a stream; what happens to it is told in the log. */
export function openRtmpOutput(options: RtmpOutputOptions, context: RtmpOutputContext): RtmpSink {
  const { codec, bitrateKbps } = context.encode;
  const sink = new RtmpSink({
    url: parseRtmpUrl(options.url),
    packaging: videoPackaging(codec, options.mode),
    describe: () => ({ frameRate: context.frameRate(), bitrateKbps, encoder: "cvmmap-streamer" }),
    maxQueueMs: options.maxQueueMs,
    reconnect: options.reconnect,
    requestKeyFrame: context.requestKeyFrame,
    onChange: teller(options.url),
    onFailed: context.fail,
  });
  logger.info("Publishing {codec} to {sink}", { codec, sink: sink.name });
  return sink;
}

/** Tells what happens to a publisher: news to everybody, the rest to those who debug. */
function teller(url: string): (change: RtmpChange) => void {
  const sink = maskedUrl(parseRtmpUrl(url));
  const news = new RtmpNews();
  return (change) => {
    const isNews = news.isNews(change, performance.now());
    const [level, message] = describe(change);
    logger[isNews ? level : "debug"](`{sink}: ${message}`, { sink, ...change });
  };
}

function describe(change: RtmpChange): ["info" | "warn", string] {
  switch (change.kind) {
    case "publishing":
      return ["info", "the server takes the stream"];
    case "lost":
      return ["warn", "{reason}; trying again until it works"];
    case "moving":
      return ["info", "the server asks for another connection: {description}"];
    case "stalled":
      return ["warn", "the server does not keep up; frames are dropped"];
    case "flowing":
      return ["info", "the server keeps up again; {dropped} frames were dropped"];
  }
}
