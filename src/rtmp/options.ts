import type { OptionValues, OutputKind } from "../option_table.ts";
import { BITRATE_KBPS } from "../publish/adaptive_rate.ts";
import { QUEUE_AGE_MS } from "../publish/queue_policy.ts";
import { DEFAULT_RTMP_TIMEOUT_MS } from "./client/timeouts.ts";

/** The options of the RTMP output. Flags, help, manual and the types of the module are derived from them. */
export const RTMP_OPTIONS = {
  /** `rtmp[s]://[USER:PASSWORD@]HOST[:PORT]/APP[/KEY]`. Key and password are masked in all output. */
  url: {
    type: "text",
    flag: "rtmp-url",
    placeholder: "URL",
    help: "Server to publish to: rtmp[s]://[USER:PASSWORD@]HOST[:PORT]/APP/KEY",
  },
  /** Stream key, for keys that a URL cannot hold, such as one with a `/`. The URL's path is then the application only. */
  key: {
    type: "text",
    flag: "rtmp-key",
    placeholder: "KEY",
    help: "Stream key, if it is not part of the URL, for example because it contains a /",
  },
  /**
   * Packaging of H.265: Enhanced RTMP's `hvc1`, or FLV codec id 12, which older Chinese servers accept.
   * `auto` uses what the server announces; if it announces nothing, it alternates until a session lasts.
   * There is no default for H.265. H.264 supports `enhanced` only.
   */
  mode: {
    type: "word",
    flag: "rtmp-mode",
    choices: ["auto", "enhanced", "domestic"],
    help: "Packaging of H.265, for which it is required; auto detects what the server accepts",
  },
  /**
   * Age in milliseconds, 50 to 60000, at which frames that wait for a slow server are dropped, up to the
   * next key frame.
   *
   * @default 1000
   */
  maxQueueMs: {
    type: "integer",
    flag: "rtmp-max-queue-ms",
    placeholder: "MS",
    unit: "ms",
    ...QUEUE_AGE_MS,
    help:
      "Maximum age of queued access units. If the server cannot keep up, older ones are dropped, up to the next key frame",
  },
  /**
   * Time limit in milliseconds, 100 to 600000, for the connection and for each answer of the server. It
   * doubles after each timeout, up to four times this value.
   *
   * @default 30000
   */
  timeoutMs: {
    type: "integer",
    flag: "rtmp-timeout-ms",
    placeholder: "MS",
    unit: "ms",
    min: 100,
    max: 600_000,
    default: DEFAULT_RTMP_TIMEOUT_MS,
    help: "Maximum time to connect to the server, and to wait for each of its answers",
  },
  /**
   * Minimum bit rate in kbit/s, 1 to 2048000. While the server or the network does not keep up, pictures are
   * encoded at a lower bit rate, down to this one, which then slowly rises again to the stream's own.
   *
   * @default the bit rate is fixed and frames that the server does not accept are dropped
   */
  adaptiveBitrateKbps: {
    type: "integer",
    flag: "adaptive-bitrate",
    placeholder: "MIN",
    unit: "kbit/s",
    ...BITRATE_KBPS,
    help:
      "Lower the bit rate while the server cannot keep up, to MIN kbit/s at least, and raise it slowly afterwards",
  },
  /**
   * Whether to reconnect, forever, when the server is lost. Otherwise the stream fails.
   *
   * @default true
   */
  reconnect: {
    type: "boolean",
    flag: "rtmp-reconnect",
    default: true,
    help: "Reconnect forever when the connection to the server is lost; this is the default",
    helpOff: "End with a non-zero exit code when the connection to the server is lost",
  },
} as const;

/** The RTMP output of the command line. */
export const RTMP_OUTPUT = {
  flag: "rtmp",
  help: "Publish over RTMP; requires --rtmp-url",
  group: "RTMP output:",
  options: RTMP_OPTIONS,
} as const satisfies OutputKind;

/** Options of the RTMP output. `url` is required, and so is `mode` for H.265. */
export type RtmpOptions =
  & Required<Pick<OptionValues<typeof RTMP_OPTIONS>, "url">>
  & Omit<OptionValues<typeof RTMP_OPTIONS>, "url">;
