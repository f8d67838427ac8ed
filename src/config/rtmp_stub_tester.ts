import { ConfigurationError } from "../errors.ts";
import { type LogConfiguration, logConfiguration } from "./log_flags.ts";
import { type GivenFlags, list, readFlags } from "./read_flags.ts";
import { rtmpStubTesterFlags } from "./rtmp_stub_tester_flags.ts";

/** What the command `rtmp-stub-tester` is to do. */
export interface RtmpStubTesterConfiguration {
  /** Where to listen, and what to expect. */
  readonly server: {
    readonly mode: "h264" | "h265-enhanced" | "h265-domestic";
    readonly host: string;
    readonly port: number;
    readonly videoThreshold: number;
    readonly timeoutMs: number;
  };
  /** How the server misbehaves. */
  readonly faults: {
    readonly stall?: { readonly afterMessages: number; readonly ms: number };
    readonly dropAfter?: number;
    readonly trickleBytesPerSecond?: number;
  };
  /** Whether every publisher is refused. */
  readonly refusePublish: boolean;
  /** Whether the result is printed as JSON. */
  readonly json: boolean;
  /** What is logged, and how. */
  readonly log: LogConfiguration;
}

/**
 * Reads the flags of the command `rtmp-stub-tester`.
 *
 * @throws {ConfigurationError} A value that is not valid, or no mode.
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
