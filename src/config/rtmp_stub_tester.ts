import { ConfigurationError } from "../errors.ts";
import { type LogConfiguration, logConfiguration, logFlags, resultFlags } from "./common_flags.ts";
import type { Flag } from "./flag.ts";
import { type GivenFlags, list, readFlags } from "./read_flags.ts";

const group = "Server:";
const faultGroup = "Faults:";
const MAX_MS = 2_147_483_647;
const MAX_COUNT = 4_294_967_295;

/** Flags of the command `rtmp-stub-tester`, in the order of its help. */
export const rtmpStubTesterFlags = [
  {
    kind: "choice",
    name: "mode",
    choices: ["h264", "h265-enhanced", "h265-domestic"],
    description: "Required packaging of the video; must be given",
    group,
  },
  {
    kind: "text",
    name: "listen-host",
    placeholder: "ADDRESS",
    default: "127.0.0.1",
    description: "Local address to listen on; 0.0.0.0 for all IPv4 addresses, :: for all addresses",
    group,
  },
  {
    kind: "integer",
    name: "listen-port",
    placeholder: "PORT",
    min: 1,
    max: 65_535,
    default: 1935,
    description: "TCP port to listen on",
    group,
  },
  {
    kind: "integer",
    name: "video-threshold",
    placeholder: "N",
    min: 1,
    max: MAX_COUNT,
    default: 1,
    description: "Valid frames, over all connections, that are required to pass the test",
    group,
  },
  {
    kind: "integer",
    name: "timeout-ms",
    placeholder: "MS",
    min: 1,
    max: MAX_MS,
    default: 10_000,
    description: "Maximum time to wait for these frames",
    group,
  },
  {
    kind: "switch",
    name: "identity",
    description:
      "Check that every access unit identifies its frame, and print the latency from capture to reception",
    group,
  },
  {
    kind: "integer",
    name: "stall-ms",
    placeholder: "MS",
    min: 1,
    max: MAX_MS,
    description: "Stop reading from each connection once, for this long",
    group: faultGroup,
  },
  {
    kind: "integer",
    name: "stall-after",
    placeholder: "N",
    min: 0,
    max: MAX_COUNT,
    default: 1,
    description: "Video messages to read before that stop",
    group: faultGroup,
    requires: { flag: "stall-ms" },
  },
  {
    kind: "integer",
    name: "drop-after",
    placeholder: "N",
    min: 1,
    max: MAX_COUNT,
    description: "Close each connection after this many video messages, and accept the next one",
    group: faultGroup,
  },
  {
    kind: "integer",
    name: "trickle-bytes-per-second",
    placeholder: "N",
    min: 1,
    max: MAX_COUNT,
    description: "Maximum read rate of each connection, starting with its first video message",
    group: faultGroup,
  },
  {
    kind: "switch",
    name: "refuse-publish",
    description: "Refuse every publisher with NetStream.Publish.BadName",
    group: faultGroup,
  },
  ...resultFlags,
  ...logFlags,
] as const satisfies readonly Flag[];

/** Configuration of the command `rtmp-stub-tester`. */
export interface RtmpStubTesterConfiguration {
  /** Where to listen, and what to require. */
  readonly server: {
    readonly mode: "h264" | "h265-enhanced" | "h265-domestic";
    readonly host: string;
    readonly port: number;
    readonly videoThreshold: number;
    readonly timeoutMs: number;
    readonly identity: boolean;
  };
  /** Faults of the server. */
  readonly faults: {
    readonly stall?: { readonly afterMessages: number; readonly ms: number };
    readonly dropAfter?: number;
    readonly trickleBytesPerSecond?: number;
  };
  /** Whether to refuse every publisher. */
  readonly refusePublish: boolean;
  /** Whether to print the result as JSON. */
  readonly json: boolean;
  /** Configuration of the logs. */
  readonly log: LogConfiguration;
}

/**
 * Reads the flags of the command `rtmp-stub-tester`.
 *
 * @throws {ConfigurationError} If a value is not valid, or the mode is missing.
 */
export function rtmpStubTesterConfiguration(given: GivenFlags): RtmpStubTesterConfiguration {
  const values = readFlags(rtmpStubTesterFlags, given);
  const { mode, "stall-ms": stallMs, "drop-after": dropAfter } = values;
  const trickleBytesPerSecond = values["trickle-bytes-per-second"];
  if (mode === undefined) {
    throw new ConfigurationError(
      `Missing --mode: expected ${list(rtmpStubTesterFlags[0].choices)}`,
    );
  }
  return {
    server: {
      mode,
      host: values["listen-host"],
      port: values["listen-port"],
      videoThreshold: values["video-threshold"],
      timeoutMs: values["timeout-ms"],
      identity: values["identity"],
    },
    faults: {
      ...(stallMs === undefined
        ? {}
        : { stall: { afterMessages: values["stall-after"], ms: stallMs } }),
      ...(dropAfter === undefined ? {} : { dropAfter }),
      ...(trickleBytesPerSecond === undefined ? {} : { trickleBytesPerSecond }),
    },
    refusePublish: values["refuse-publish"],
    json: values["json"],
    log: logConfiguration(values),
  };
}
