import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import { ConfigurationError } from "../errors.ts";
import type { QueuePolicy } from "../publish/queue_policy.ts";
import type { Sink, SinkContext, SinkStatistics } from "../publish/sink.ts";
import { type OptionSettings, optionSettings } from "../option_table.ts";
import { openRtmpSink } from "./open_rtmp_sink.ts";
import { RTMP_OPTIONS, type RtmpOptions } from "./options.ts";
import { HevcPackagingChoice, type PackagingChoice } from "./packaging_choice.ts";
import { RtmpLogThrottle } from "./log_throttle.ts";
import type { RtmpChange, RtmpSink } from "./rtmp_sink.ts";
import { RTMP_SINK_LIMITS } from "./rtmp_sink_limits.ts";
import { maskedUrl, parseRtmpUrl, type RtmpUrl } from "./url.ts";
import { videoFormats, videoPackaging } from "./flv/video_formats.ts";
import type { VideoFormat, VideoPackaging } from "./flv/video_packaging.ts";

const logger = getLogger(["cvmmap", "rtmp"]);

/**
 * A sink that publishes to an RTMP server: H.264 as FLV codec id 7, H.265 as Enhanced RTMP or as FLV codec
 * id 12. It connects in the background, and again whenever the server is lost.
 *
 * @throws {StreamerError} The URL is none (`invalid_rtmp_url`).
 * @throws {ConfigurationError} A number is out of its range. When the stream starts, it fails with this
 * error where `mode` is lacking for H.265, or not possible.
 *
 * @example
 * ```ts
 * import { rtmp, Stream } from "@cvmmap/streamer";
 *
 * const stream = new Stream({ source: "camera0", codec: "h265" });
 * stream.add(rtmp({ url: "rtmp://127.0.0.1/live/camera0", mode: "enhanced" }));
 * ```
 */
export function rtmp(options: RtmpOptions): Sink {
  return new RtmpOutput(options);
}

class RtmpOutput implements Sink {
  readonly name: string;
  readonly queue: QueuePolicy;
  readonly leastBitrateKbps?: number;
  readonly #settings: OptionSettings<typeof RTMP_OPTIONS>;
  readonly #url: RtmpUrl;
  #sink: RtmpSink | undefined;
  #news: RtmpLogThrottle | undefined;

  constructor(options: RtmpOptions) {
    const settings = optionSettings(RTMP_OPTIONS, options);
    this.#settings = settings;
    this.#url = parseRtmpUrl(options.url, settings.key);
    this.name = maskedUrl(this.#url);
    const { adaptiveBitrateKbps } = settings;
    if (adaptiveBitrateKbps !== undefined) this.leastBitrateKbps = adaptiveBitrateKbps;
    this.queue = {
      maxAgeMs: settings.maxQueueMs,
      maxBytes: RTMP_SINK_LIMITS.maxQueueBytes,
    };
  }

  async open(stream: SinkContext): Promise<void> {
    const { codec, bitrateKbps } = stream;
    const { mode, timeoutMs, reconnect } = this.#settings;
    const news = newsOf(this.name);
    this.#news = news;
    this.#sink = await openRtmpSink({
      url: this.#url,
      packaging: packagingFor(codec, mode),
      describe: () => ({ bitrateKbps, encoder: "cvmmap-streamer" }),
      session: { timeoutMs },
      reconnect,
      requestKeyFrame: () => stream.requestKeyFrame(),
      onChange: (change) => news.take(change),
      onFailed: (error) => stream.fail(error),
    });
    logger.info("Publishing {codec} to {sink}" + (this.#url.key === "" ? ", without a key" : ""), {
      codec,
      sink: this.name,
    });
  }

  get pendingBytes(): number {
    return this.#sink?.pendingBytes ?? 0;
  }

  get isReady(): boolean {
    return this.#sink?.isReady ?? false;
  }

  write(unit: AccessUnit): void | Promise<void> {
    return this.#sink?.write(unit);
  }

  statistics(): SinkStatistics {
    const { name } = this;
    return this.#sink?.statistics() ??
      { name, accessUnits: 0, packets: 0, bytes: 0, dropped: 0, healthy: false };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It may be opened again before this one has ended.
    const [sink, news] = [this.#sink, this.#news];
    await sink?.[Symbol.asyncDispose]();
    news?.[Symbol.dispose]();
  }
}

/** How the mode asked for packages, or the only one that there is. */
function packagingFor(codec: Codec, asked: RtmpOptions["mode"]): VideoPackaging | PackagingChoice {
  const modes = videoFormats.filter((row) => row.codec === codec).map((row) => row.mode);
  const [only] = modes;
  if (only !== undefined && modes.length === 1 && (asked === undefined || asked === "auto")) {
    return videoPackaging(codec, only);
  }
  if (asked === "auto") return new HevcPackagingChoice();
  if (asked !== undefined && modes.includes(asked)) return videoPackaging(codec, asked);
  throw new ConfigurationError(
    `Invalid mode ${asked} of RTMP with ${codec}: expected ${
      modes.length === 1 ? only : `auto, ${modes.join(" or ")}`
    }`,
  );
}

/** Tells what happens to a publisher: news to everyone, the rest to those who debug. */
function newsOf(sink: string): RtmpLogThrottle {
  return new RtmpLogThrottle((change, isNews) => {
    const [level, message] = describe(change);
    logger[isNews ? level : "debug"](`{sink}: ${message}`, { sink, ...change });
  });
}

/** In the words of servers' documents. */
const FORMATS: Readonly<Record<VideoFormat, string>> = {
  "h264": "H.264",
  "h265-enhanced": "H.265 of Enhanced RTMP (hvc1)",
  "h265-domestic": "H.265 with FLV codec id 12",
};

function describe(change: RtmpChange): ["info" | "warn", string] {
  switch (change.kind) {
    case "publishing":
      return ["info", `the server takes the stream, as ${FORMATS[change.format]}`];
    case "lost":
      return ["warn", "{reason}; trying again until it works"];
    case "unreadable":
      return ["warn", "the server has sent what cannot be read, which is passed over: {reason}"];
    case "moving":
      return ["info", "the server asks for another connection: {description}"];
  }
}
