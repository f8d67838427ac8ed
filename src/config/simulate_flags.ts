import { PIXEL_FORMATS } from "../contract/enumerations.ts";
import { CODECS, STREAM_NUMBERS } from "../stream/options.ts";
import { logFlags } from "./common_flags.ts";
import type { Flag } from "./flag.ts";
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
import { sourceFlags } from "./source.ts";

const group = "Picture:";

/** Flags of the command `simulate`, in the order of its help. */
export const simulateFlags = [
  ...sourceFlags,
  {
    kind: "text",
    name: "label",
    placeholder: "TEXT",
    description: "Stream label, at most 24 bytes of ASCII; by default the name of the instance",
    group,
  },
  {
    kind: "integer",
    name: "frames",
    placeholder: "N",
    ...FRAMES_RANGE,
    default: SIMULATION_DEFAULTS.frames,
    description: "Number of frames to publish; 0 for no limit",
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
    description: "Width of the picture in pixels",
    group,
  },
  {
    kind: "integer",
    name: "height",
    placeholder: "PIXELS",
    ...HEIGHT_RANGE,
    default: SIMULATION_DEFAULTS.height,
    description: "Height of the picture in pixels",
    group,
  },
  {
    kind: "choice",
    name: "abi",
    choices: ABIS,
    default: SIMULATION_DEFAULTS.abi,
    description: "Version of the metadata in the segment",
    group,
  },
  {
    kind: "choice",
    name: "pixel-format",
    choices: PIXEL_FORMATS,
    placeholder: "FORMAT",
    default: SIMULATION_DEFAULTS.pixelFormat,
    description: "Pixel format of the picture",
    group,
  },
  {
    kind: "choice",
    name: "planes",
    choices: PLANES,
    default: SIMULATION_DEFAULTS.planes,
    description:
      "Planes of a frame: the picture alone, or also depth, depth in every second frame, or an access unit",
    group,
  },
  {
    kind: "choice",
    name: "encoded-codec",
    choices: CODECS,
    default: ENCODED_DEFAULTS.encodedCodec,
    description: "Codec of the access units of --planes encoded or of a script",
    group,
  },
  {
    kind: "integer",
    name: "encoded-gop",
    placeholder: "N",
    ...STREAM_NUMBERS.gop,
    default: ENCODED_DEFAULTS.encodedGop,
    description: "Distance between key frames of these access units, in frames",
    group,
  },
  {
    kind: "integer",
    name: "encoded-bitrate",
    placeholder: "KBPS",
    ...STREAM_NUMBERS.bitrateKbps,
    default: ENCODED_DEFAULTS.encodedBitrateKbps,
    description: "Target bit rate of these access units in kbit/s",
    group,
  },
  {
    kind: "choice",
    name: "encoded-faults",
    placeholder: "FAULT",
    choices: ENCODED_FAULTS,
    default: ENCODED_DEFAULTS.encodedFaults,
    description:
      "Fault of these access units: lost frames (gaps), frames without one (changes), key frames without the flag or without parameter sets",
    group,
  },
  {
    kind: "choice",
    name: "timing",
    choices: TIMINGS,
    placeholder: "TIMING",
    default: SIMULATION_DEFAULTS.timing,
    description: "Timing of the frames and of their capture times",
    group,
  },
  {
    kind: "text",
    name: "script",
    placeholder: "FILE",
    completion: "file",
    description:
      "File that lists the frames, instead of --fps, --timing and --planes: lines of WAIT_US STAMP [WIDTH HEIGHT] [PLANES]",
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
      "Delay between the creation of the segment and socket and the first frame, for subscribers to connect",
    group,
  },
  ...logFlags,
] as const satisfies readonly Flag[];
