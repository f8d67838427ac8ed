import { RTMP_OUTPUT } from "../rtmp/options.ts";
import { RTP_OUTPUT } from "../rtp/options.ts";
import { CODECS } from "../stream/options.ts";
import type { Flag } from "./flag.ts";
import { logFlags } from "./common_flags.ts";
import { outputFlags } from "./output_flags.ts";
import { sourceFlags } from "./source.ts";

/** Flags of `doctor`: its own, and those that describe a stream. */
export const doctorFlags = [
  {
    kind: "switch",
    name: "json",
    description: "Print each finding as one JSON object a line",
    group: "Output:",
  },
  ...sourceFlags,
  {
    kind: "choice",
    name: "codec",
    choices: CODECS,
    description: "Check the encoders of this codec; without it, of both",
    group: "Encoding:",
  },
  ...outputFlags(RTP_OUTPUT),
  ...outputFlags(RTMP_OUTPUT),
  ...logFlags,
] as const satisfies readonly Flag[];
