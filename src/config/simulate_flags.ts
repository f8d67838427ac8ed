import { PIXEL_FORMATS } from "../contract/enumerations.ts";
import type { Flag } from "./flag.ts";
import { logFlags } from "./log_flags.ts";
import { ABIS, FPS_RANGE, FRAMES_RANGE, HEIGHT_RANGE, WIDTH_RANGE } from "./simulation.ts";
import { sourceFlags } from "./source_flags.ts";

const group = "Picture:";

/** Flags of the command `simulate`, in the order of its help. */
export const simulateFlags = [
  ...sourceFlags,
  {
    kind: "text",
    name: "label",
    placeholder: "TEXT",
    default: "simulator",
    description: "Stream label, at most 24 bytes of ASCII",
    group,
  },
  {
    kind: "integer",
    name: "frames",
    placeholder: "N",
    ...FRAMES_RANGE,
    default: 0,
    description: "Frames to make, then end; 0 is without end",
    group,
  },
  {
    kind: "integer",
    name: "fps",
    placeholder: "N",
    ...FPS_RANGE,
    default: 30,
    description: "Frames per second",
    group,
  },
  {
    kind: "integer",
    name: "width",
    placeholder: "PIXELS",
    ...WIDTH_RANGE,
    default: 640,
    description: "Width of the picture",
    group,
  },
  {
    kind: "integer",
    name: "height",
    placeholder: "PIXELS",
    ...HEIGHT_RANGE,
    default: 360,
    description: "Height of the picture",
    group,
  },
  {
    kind: "choice",
    name: "abi",
    choices: ABIS,
    default: "v2",
    description: "Metadata version of the contract",
    group,
  },
  {
    kind: "choice",
    name: "pixel-format",
    choices: PIXEL_FORMATS,
    placeholder: "FORMAT",
    default: "bgr",
    description: "Pixel format",
    group,
  },
  {
    kind: "integer",
    name: "startup-delay-ms",
    placeholder: "MS",
    min: 0,
    max: 3_600_000,
    default: 0,
    description:
      "Time for subscribers to connect, between the making of segment and socket and the first frame",
    group,
  },
  ...logFlags,
] as const satisfies readonly Flag[];
