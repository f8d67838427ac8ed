import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import { ConfigurationError } from "../errors.ts";
import type { QueuePolicy } from "../publish/queue_policy.ts";
import type { Sink, SinkContext, SinkStatistics } from "../publish/sink.ts";
import { type OptionSettings, optionSettings } from "../option_table.ts";
import { RTMP_OPTIONS, type RtmpOptions } from "./options.ts";
import { HevcPackagingChoice, type PackagingChoice } from "./packaging_choice.ts";
import { RtmpLogThrottle } from "./log_throttle.ts";
import { openRtmpSink, type RtmpSink } from "./rtmp_sink.ts";
import { RTMP_SINK_LIMITS, type RtmpChange } from "./rtmp_sink_options.ts";
import { maskedUrl, parseRtmpUrl, type RtmpUrl } from "./url.ts";
import { videoFormats, videoPackaging } from "./flv/video_formats.ts";
import type { VideoFormat, VideoPackaging } from "./flv/video_packaging.ts";

const logger = getLogger(["cvmmap", "rtmp"]);

/**
 * Creates a sink that publishes to an RTMP server: H.264 as FLV codec id 7, H.265 as Enhanced RTMP or as
 * FLV codec id 12. It connects in the background and reconnects whenever the server is lost.
 *
 * @throws {StreamerError} If the URL is invalid (`invalid_rtmp_url`).
 * @throws {ConfigurationError} If a number is out of range. If `mode` is missing for H.265 or does not
 * support the codec, the stream fails with this error when it starts.
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
  #log: RtmpLogThrottle | undefined;

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
    const log = changeLog(this.name);
    this.#log = log;
    this.#sink = await openRtmpSink({
      url: this.#url,
      packaging: packagingFor(codec, mode),
      describe: () => ({ bitrateKbps, encoder: "cvmmap-streamer" }),
      session: { timeoutMs },
      reconnect,
      requestKeyFrame: () => stream.requestKeyFrame(),
      onChange: (change) => log.push(change),
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
    // The output may be opened again before this session has ended.
    const [sink, log] = [this.#sink, this.#log];
    await sink?.[Symbol.asyncDispose]();
    log?.[Symbol.dispose]();
  }
}

/** Returns the packaging of the requested mode, or the codec's only one. */
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

/** Logs a publisher's changes of state: repetitions at level debug. */
function changeLog(sink: string): RtmpLogThrottle {
  return new RtmpLogThrottle((change, isNew) => {
    const [level, message] = describe(change);
    logger[isNew ? level : "debug"](`{sink}: ${message}`, { sink, ...change });
  });
}

/** Format names as servers document them. */
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
      return ["warn", "the server sent a message that cannot be parsed; it is skipped: {reason}"];
    case "moving":
      return ["info", "the server requests a reconnection: {description}"];
  }
}
