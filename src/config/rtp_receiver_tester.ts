import type { Codec } from "../bitstream/codec.ts";
import type { Flag } from "./flag.ts";
import { type LogConfiguration, logConfiguration, logFlags } from "./log_flags.ts";
import { type GivenFlags, readFlags } from "./read_flags.ts";
import { resultFlags } from "./result_flags.ts";

const group = "Receiver:";

/** Flags of the command `rtp-receiver-tester`, in the order of its help. */
export const rtpReceiverTesterFlags = [
  {
    kind: "text",
    name: "host",
    placeholder: "ADDRESS",
    default: "0.0.0.0",
    description: "Local address to receive at; 0.0.0.0 is every IPv4 address, :: every address",
    group,
  },
  {
    kind: "integer",
    name: "port",
    placeholder: "PORT",
    min: 1,
    max: 65_535,
    default: 5004,
    description: "UDP port to receive at",
    group,
  },
  {
    kind: "integer",
    name: "expect-pt",
    placeholder: "PT",
    min: 0,
    max: 127,
    default: 96,
    description: "Payload type that every packet must have",
    group,
  },
  {
    kind: "integer",
    name: "packet-threshold",
    placeholder: "N",
    min: 1,
    max: 4_294_967_295,
    default: 1,
    description: "Valid packets that make the test pass",
    group,
  },
  {
    kind: "integer",
    name: "timeout-ms",
    placeholder: "MS",
    min: 1,
    max: 2_147_483_647,
    default: 10_000,
    description: "Time to wait for them",
    group,
  },
  {
    kind: "choice",
    name: "codec",
    choices: ["h264", "h265"],
    description: "Depacketize as this codec and check the NAL units too",
    group,
  },
  ...resultFlags,
  ...logFlags,
] as const satisfies readonly Flag[];

/** What the command `rtp-receiver-tester` is to do. */
export interface RtpReceiverTesterConfiguration {
  /** What to receive, and what to expect of it. */
  readonly receiver: {
    readonly host: string;
    readonly port: number;
    readonly expectPt: number;
    readonly packetThreshold: number;
    readonly timeoutMs: number;
    readonly codec?: Codec;
  };
  /** Whether the result is printed as JSON. */
  readonly json: boolean;
  /** What is logged, and how. */
  readonly log: LogConfiguration;
}

/**
 * Reads the flags of the command `rtp-receiver-tester`.
 *
 * @throws {ConfigurationError} A value that is not valid.
 */
export function rtpReceiverTesterConfiguration(given: GivenFlags): RtpReceiverTesterConfiguration {
  const values = readFlags(rtpReceiverTesterFlags, given);
  const codec = values["codec"];
  return {
    receiver: {
      host: values["host"],
      port: values["port"],
      expectPt: values["expect-pt"],
      packetThreshold: values["packet-threshold"],
      timeoutMs: values["timeout-ms"],
      ...(codec === undefined ? {} : { codec }),
    },
    json: values["json"],
    log: logConfiguration(values),
  };
}
