import type { OptionValues, OutputKind } from "../option_table.ts";
import { BITRATE_KBPS } from "../publish/adaptive_rate.ts";
import { QUEUE_AGE_MS } from "../publish/queue_policy.ts";
import { DEFAULT_RTMP_TIMEOUT_MS } from "./client/rtmp_timeout.ts";

/** The options of RTMP. Flags, help, manual and the types of the module are made from it. */
export const RTMP_OPTIONS = {
  /** `rtmp[s]://[USER:PASSWORD@]HOST[:PORT]/APP[/KEY]`; key and password are never shown. */
  url: {
    type: "text",
    flag: "rtmp-url",
    placeholder: "URL",
    help: "Server to publish to: rtmp[s]://[USER:PASSWORD@]HOST[:PORT]/APP/KEY",
  },
  /** Stream key, where it cannot stand in the URL, as one with a `/` in it; all of the URL's path is then the application. */
  key: {
    type: "text",
    flag: "rtmp-key",
    placeholder: "KEY",
    help: "Stream key, if it is not part of the URL, for example because it contains a /",
  },
  /**
   * Packaging of H.265: Enhanced RTMP's `hvc1`, or FLV codec id 12, which older Chinese servers take; `auto`
   * goes by what the server says that it takes, or else by what it does not end the session for.
   * There is no default for H.265; H.264 has `enhanced` only.
   */
  mode: {
    type: "word",
    flag: "rtmp-mode",
    choices: ["auto", "enhanced", "domestic"],
    help: "Packaging of H.265, for which it is required; auto detects what the server accepts",
  },
  /**
   * Age in milliseconds at which what waits for a slow server is dropped, up to the next key frame: 50 to
   * 60000.
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
   * Longest wait, in milliseconds, for the connection and for each answer of the server: 100 to 600000. Each time
   * that it was too short, the next try waits twice as long, up to four times this.
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
   * Least bit rate in kbit/s, 1 to 2048000: where the server, or the way to it, does not keep up, pictures are
   * encoded at a lower bit rate, down to this one, and slowly up again to the stream's own. Without it, what the
   * server does not take is dropped.
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
   * Whether to connect again, forever, when the server is lost; if not, the stream fails then.
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

/** RTMP as the command line knows it. */
export const RTMP_OUTPUT = {
  flag: "rtmp",
  help: "Publish over RTMP; requires --rtmp-url",
  group: "RTMP output:",
  options: RTMP_OPTIONS,
} as const satisfies OutputKind;

/** Where RTMP goes, and how. Only `url` must be given, and `mode` for H.265. */
export type RtmpOptions =
  & Required<Pick<OptionValues<typeof RTMP_OPTIONS>, "url">>
  & Omit<OptionValues<typeof RTMP_OPTIONS>, "url">;
