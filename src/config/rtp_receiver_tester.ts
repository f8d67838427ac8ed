import type { Codec } from "../bitstream/codec.ts";
import { type LogConfiguration, logConfiguration, logFlags, resultFlags } from "./common_flags.ts";
import type { Flag } from "./flag.ts";
import { type GivenFlags, readFlags } from "./read_flags.ts";

const group = "Receiver:";

/** Flags of the command `rtp-receiver-tester`, in the order of its help. */
export const rtpReceiverTesterFlags = [
  {
    kind: "text",
    name: "host",
    placeholder: "ADDRESS",
    default: "0.0.0.0",
    description:
      "Local address to receive on, or a multicast group to join; 0.0.0.0 for all IPv4 addresses, :: for " +
      "all addresses",
    group,
  },
  {
    kind: "integer",
    name: "port",
    placeholder: "PORT",
    min: 1,
    max: 65_535,
    default: 5004,
    description: "UDP port to receive on",
    group,
  },
  {
    kind: "integer",
    name: "expect-pt",
    placeholder: "PT",
    min: 0,
    max: 127,
    default: 96,
    description: "Required payload type of every packet",
    group,
  },
  {
    kind: "integer",
    name: "packet-threshold",
    placeholder: "N",
    min: 1,
    max: 4_294_967_295,
    default: 1,
    description: "Valid packets that are required to pass the test",
    group,
  },
  {
    kind: "integer",
    name: "timeout-ms",
    placeholder: "MS",
    min: 1,
    max: 2_147_483_647,
    default: 10_000,
    description: "Maximum time to wait for these packets",
    group,
  },
  {
    kind: "choice",
    name: "codec",
    choices: ["h264", "h265"],
    description: "Also depacketize the packets as this codec, and validate the NAL units",
    group,
  },
  {
    kind: "switch",
    name: "identity",
    description:
      "Check that every access unit identifies its frame, and print the latency from capture to reception",
    group,
  },
  ...resultFlags,
  ...logFlags,
] as const satisfies readonly Flag[];

/** Configuration of the command `rtp-receiver-tester`. */
export interface RtpReceiverTesterConfiguration {
  /** What to receive, and what to require. */
  readonly receiver: {
    readonly host: string;
    readonly port: number;
    readonly expectPt: number;
    readonly packetThreshold: number;
    readonly timeoutMs: number;
    readonly codec?: Codec;
    readonly identity: boolean;
  };
  /** Whether to print the result as JSON. */
  readonly json: boolean;
  /** Configuration of the logs. */
  readonly log: LogConfiguration;
}

/**
 * Reads the flags of the command `rtp-receiver-tester`.
 *
 * @throws {ConfigurationError} If a value is not valid.
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
      identity: values["identity"],
    },
    json: values["json"],
    log: logConfiguration(values),
  };
}
