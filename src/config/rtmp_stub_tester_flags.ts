import type { Flag } from "./flag.ts";
import { logFlags } from "./log_flags.ts";
import { resultFlags } from "./result_flags.ts";

const group = "Server:";
const faults = "Faults:";
const MAX_MS = 2_147_483_647;
const MAX_COUNT = 4_294_967_295;

/** Flags of the command `rtmp-stub-tester`, in the order of its help. */
export const rtmpStubTesterFlags = [
  {
    kind: "choice",
    name: "mode",
    choices: ["h264", "h265-enhanced", "h265-domestic"],
    description: "How the video must be packaged (required)",
    group,
  },
  {
    kind: "text",
    name: "listen-host",
    placeholder: "ADDRESS",
    default: "127.0.0.1",
    description: "Local address to listen at; 0.0.0.0 is every IPv4 address, :: every address",
    group,
  },
  {
    kind: "integer",
    name: "listen-port",
    placeholder: "PORT",
    min: 1,
    max: 65_535,
    default: 1935,
    description: "TCP port to listen at",
    group,
  },
  {
    kind: "integer",
    name: "video-threshold",
    placeholder: "N",
    min: 1,
    max: MAX_COUNT,
    default: 1,
    description: "Valid frames that make the test pass, over all connections",
    group,
  },
  {
    kind: "integer",
    name: "timeout-ms",
    placeholder: "MS",
    min: 1,
    max: MAX_MS,
    default: 10_000,
    description: "Time to wait for them",
    group,
  },
  {
    kind: "integer",
    name: "stall-ms",
    placeholder: "MS",
    min: 1,
    max: MAX_MS,
    description: "Stop reading each connection once, for this long",
    group: faults,
  },
  {
    kind: "integer",
    name: "stall-after",
    placeholder: "N",
    min: 0,
    max: MAX_COUNT,
    default: 1,
    description: "Video messages before that",
    group: faults,
    requires: { flag: "stall-ms" },
  },
  {
    kind: "integer",
    name: "drop-after",
    placeholder: "N",
    min: 1,
    max: MAX_COUNT,
    description: "Close each connection after this many video messages, and take the next",
    group: faults,
  },
  {
    kind: "integer",
    name: "trickle-bytes-per-second",
    placeholder: "N",
    min: 1,
    max: MAX_COUNT,
    description: "Read each connection no faster than this from its first video message on",
    group: faults,
  },
  {
    kind: "switch",
    name: "refuse-publish",
    description: "Refuse every publisher with NetStream.Publish.BadName",
    group: faults,
  },
  ...resultFlags,
  ...logFlags,
] as const satisfies readonly Flag[];
