import { PIXEL_FORMATS } from "../contract/enumerations.ts";
import type { Flag, FlagRequirement } from "./flag.ts";
import {
  ABIS,
  FPS_RANGE,
  FRAMES_RANGE,
  HEIGHT_RANGE,
  SIMULATION_DEFAULTS,
  WIDTH_RANGE,
} from "./simulation.ts";

const group = "Dummy input:";
const requires: FlagRequirement = { flag: "input-mode", value: "dummy" };

/** Flags of the simulator that is the producer with `--input-mode dummy`. */
export const dummyFlags = [
  {
    kind: "text",
    name: "dummy-label",
    placeholder: "TEXT",
    default: "dummy",
    description: "Stream label, at most 24 bytes of ASCII",
    group,
    requires,
  },
  {
    kind: "integer",
    name: "dummy-frames",
    placeholder: "N",
    ...FRAMES_RANGE,
    default: SIMULATION_DEFAULTS.frames,
    description: "Number of frames to publish; 0 for no limit",
    group,
    requires,
  },
  {
    kind: "integer",
    name: "dummy-fps",
    placeholder: "N",
    ...FPS_RANGE,
    default: SIMULATION_DEFAULTS.fps,
    description: "Frames per second",
    group,
    requires,
  },
  {
    kind: "integer",
    name: "dummy-width",
    placeholder: "PIXELS",
    ...WIDTH_RANGE,
    default: SIMULATION_DEFAULTS.width,
    description: "Width of the picture in pixels",
    group,
    requires,
  },
  {
    kind: "integer",
    name: "dummy-height",
    placeholder: "PIXELS",
    ...HEIGHT_RANGE,
    default: SIMULATION_DEFAULTS.height,
    description: "Height of the picture in pixels",
    group,
    requires,
  },
  {
    kind: "choice",
    name: "dummy-abi",
    choices: ABIS,
    default: SIMULATION_DEFAULTS.abi,
    description: "Version of the metadata in the segment",
    group,
    requires,
  },
  {
    kind: "choice",
    name: "dummy-pixel-format",
    choices: PIXEL_FORMATS,
    placeholder: "FORMAT",
    default: SIMULATION_DEFAULTS.pixelFormat,
    description: "Pixel format of the picture",
    group,
    requires,
  },
] as const satisfies readonly Flag[];
