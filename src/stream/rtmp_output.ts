import { getLogger } from "@logtape/logtape";
import type { EncodeOptions } from "../encode/options.ts";
import type { StreamerError } from "../errors.ts";
import { type RtmpChange, RtmpSink } from "../rtmp/rtmp_sink.ts";
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

/** Tells what happens to a publisher; why it cannot connect, once for each reason. */
function teller(url: string): (change: RtmpChange) => void {
  const sink = maskedUrl(parseRtmpUrl(url));
  let told: string | undefined;
  return (change) => {
    switch (change.kind) {
      case "publishing":
        told = undefined;
        logger.info("{sink}: the server takes the stream", { sink });
        break;
      case "lost": {
        const { reason } = change;
        const seconds = (change.retryMs / 1000).toFixed(1);
        const log = { sink, reason, seconds };
        if (reason === told) logger.debug("{sink}: {reason}; trying again in {seconds} s", log);
        else logger.warn("{sink}: {reason}; trying again until it works", log);
        told = reason;
        break;
      }
      case "moving": {
        const { description } = change;
        logger.info("{sink}: the server asks for another connection: {description}", {
          sink,
          description,
        });
        break;
      }
      case "stalled":
        logger.warn("{sink}: the server does not keep up; frames are dropped", { sink });
        break;
      case "flowing": {
        const { dropped } = change;
        logger.info("{sink}: the server keeps up again; {dropped} frames were dropped", {
          sink,
          dropped,
        });
      }
    }
  };
}
