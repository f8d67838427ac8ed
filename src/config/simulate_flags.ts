import { PIXEL_FORMATS } from "../contract/enumerations.ts";
import type { Flag } from "./flag.ts";
import { logFlags } from "./log_flags.ts";
import {
  ABIS,
  ENCODED_DEFAULTS,
  ENCODED_FAULTS,
  FPS_RANGE,
  FRAMES_RANGE,
  HEIGHT_RANGE,
  PLANES,
  SIMULATION_DEFAULTS,
  TIMINGS,
  WIDTH_RANGE,
} from "./simulation.ts";
import { CODECS, STREAM_NUMBERS } from "../stream/options.ts";
import { sourceFlags } from "./source_flags.ts";

const group = "Picture:";

/** Flags of the command `simulate`, in the order of its help. */
export const simulateFlags = [
  ...sourceFlags,
  {
    kind: "text",
    name: "label",
    placeholder: "TEXT",
    description:
      "Stream label, at most 24 bytes of ASCII; the instance's name where it is not given",
    group,
  },
  {
    kind: "integer",
    name: "frames",
    placeholder: "N",
    ...FRAMES_RANGE,
    default: SIMULATION_DEFAULTS.frames,
    description: "Frames to make, then end; 0 is without end",
    group,
  },
  {
    kind: "integer",
    name: "fps",
    placeholder: "N",
    ...FPS_RANGE,
    default: SIMULATION_DEFAULTS.fps,
    description: "Frames per second",
    group,
  },
  {
    kind: "integer",
    name: "width",
    placeholder: "PIXELS",
    ...WIDTH_RANGE,
    default: SIMULATION_DEFAULTS.width,
    description: "Width of the picture",
    group,
  },
  {
    kind: "integer",
    name: "height",
    placeholder: "PIXELS",
    ...HEIGHT_RANGE,
    default: SIMULATION_DEFAULTS.height,
    description: "Height of the picture",
    group,
  },
  {
    kind: "choice",
    name: "abi",
    choices: ABIS,
    default: SIMULATION_DEFAULTS.abi,
    description: "Metadata version of the contract",
    group,
  },
  {
    kind: "choice",
    name: "pixel-format",
    choices: PIXEL_FORMATS,
    placeholder: "FORMAT",
    default: SIMULATION_DEFAULTS.pixelFormat,
    description: "Pixel format",
    group,
  },
  {
    kind: "choice",
    name: "planes",
    choices: PLANES,
    default: SIMULATION_DEFAULTS.planes,
    description:
      "Planes beside the picture: none, depth, depth in every second frame, an access unit",
    group,
  },
  {
    kind: "choice",
    name: "encoded-codec",
    choices: CODECS,
    default: ENCODED_DEFAULTS.encodedCodec,
    description: "Codec of the access units of --planes encoded, and of a script",
    group,
  },
  {
    kind: "integer",
    name: "encoded-gop",
    placeholder: "N",
    ...STREAM_NUMBERS.gop,
    default: ENCODED_DEFAULTS.encodedGop,
    description: "Frames from one key frame of theirs to the next",
    group,
  },
  {
    kind: "integer",
    name: "encoded-bitrate",
    placeholder: "KBPS",
    ...STREAM_NUMBERS.bitrateKbps,
    default: ENCODED_DEFAULTS.encodedBitrateKbps,
    description: "Their target bit rate in kbit/s",
    group,
  },
  {
    kind: "choice",
    name: "encoded-faults",
    placeholder: "FAULT",
    choices: ENCODED_FAULTS,
    default: ENCODED_DEFAULTS.encodedFaults,
    description:
      "What is wrong with them: frames are lost, they come and go, key frames are not flagged or lack parameter sets",
    group,
  },
  {
    kind: "choice",
    name: "timing",
    choices: TIMINGS,
    placeholder: "TIMING",
    default: SIMULATION_DEFAULTS.timing,
    description: "When frames come, and how their capture times run",
    group,
  },
  {
    kind: "text",
    name: "script",
    placeholder: "FILE",
    completion: "file",
    description:
      "Frames to make, in place of --fps, --timing and --planes: lines of WAIT_US STAMP [WIDTH HEIGHT] [PLANES]",
    group,
  },
  {
    kind: "integer",
    name: "startup-delay-ms",
    placeholder: "MS",
    min: 0,
    max: 3_600_000,
    default: SIMULATION_DEFAULTS.startupDelayMs,
    description:
      "Time for subscribers to connect, between the making of segment and socket and the first frame",
    group,
  },
  ...logFlags,
] as const satisfies readonly Flag[];
