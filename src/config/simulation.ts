import type { Codec } from "../bitstream/codec.ts";
import type { PixelFormat } from "../contract/enumerations.ts";
import { checkLabel } from "../contract/label.ts";
import type { SourceAddress } from "../ingest/options.ts";
import { ConfigurationError } from "../errors.ts";

/** Metadata versions that the simulator speaks. */
export const ABIS = ["v1", "v2", "v2.1"] as const;
/** Frames to make. */
export const FRAMES_RANGE = { min: 0, max: 4_294_967_295 } as const;
/** Frames per second. */
export const FPS_RANGE = { min: 1, max: 1000 } as const;
/** Width in pixels that the test picture can have. */
export const WIDTH_RANGE = { min: 64, max: 7680 } as const;
/** Height in pixels that the test picture can have. */
export const HEIGHT_RANGE = { min: 48, max: 4320 } as const;

/** What a simulated producer does where nothing else is said; all but its label. */
export const SIMULATION_DEFAULTS = {
  frames: 0,
  fps: 30,
  width: 640,
  height: 360,
  abi: "v2",
  pixelFormat: "bgr",
  startupDelayMs: 0,
  timing: "steady",
  planes: "left",
} as const;

/** When frames come, and what their producer says of it. */
export type Timing =
  | "steady"
  | "jitter"
  | "burst"
  | "repeat"
  | "coarse"
  | "backwards"
  | "media-time"
  | "stall";
/** What frames have beside their picture: nothing, depth, depth in every second frame, an access unit. */
export type Planes = "left" | "depth" | "depth-sometimes" | "encoded";

/** The timings that there are. */
export const TIMINGS = [
  "steady",
  "jitter",
  "burst",
  "repeat",
  "coarse",
  "backwards",
  "media-time",
  "stall",
] as const satisfies readonly Timing[];

/** The planes that there are. */
export const PLANES = [
  "left",
  "depth",
  "depth-sometimes",
  "encoded",
] as const satisfies readonly Planes[];

/**
 * What is wrong with access units: nothing; one frame in 50 is never published; 18 frames have one, and the next 18
 * have none; every second key frame is not called one; key frames lack their parameter sets.
 */
export type EncodedFaults = "none" | "gaps" | "changes" | "unflagged-keys" | "no-parameter-sets";

/** What can be wrong with access units. */
export const ENCODED_FAULTS = [
  "none",
  "gaps",
  "changes",
  "unflagged-keys",
  "no-parameter-sets",
] as const satisfies readonly EncodedFaults[];

/** How the simulator encodes where nothing else is said. */
export const ENCODED_DEFAULTS = {
  encodedCodec: "h264",
  encodedGop: 30,
  encodedBitrateKbps: 4000,
  encodedFaults: "none",
} as const;

/** What a simulated producer is asked to do. */
export interface SimulationConfiguration extends SourceAddress {
  /** At most 24 bytes of ASCII; the instance's name unless given. */
  readonly label?: string;
  /** 0: without end. */
  readonly frames: number;
  /** Frames per second. */
  readonly fps: number;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Metadata version. */
  readonly abi: typeof ABIS[number];
  /** Order of the channels, each a byte. */
  readonly pixelFormat: PixelFormat;
  /** When frames come, and their capture times; `steady` unless given. */
  readonly timing?: typeof TIMINGS[number];
  /** What they have beside their picture; nothing unless given. */
  readonly planes?: typeof PLANES[number];
  /** What access units are coded in; `h264` unless given. */
  readonly encodedCodec?: Codec;
  /** Frames from one of its key frames to the next; 30 unless given. */
  readonly encodedGop?: number;
  /** Their bit rate in kbit/s; 4000 unless given. */
  readonly encodedBitrateKbps?: number;
  /** What is wrong with them; nothing unless given. */
  readonly encodedFaults?: EncodedFaults;
  /** Time to wait before the segment and the socket are made. */
  readonly startupDelayMs: number;
}

/**
 * Refuses a simulation that cannot be.
 *
 * @throws {StreamerError} If its label does not fit a sync message, or its width is half a pixel pair of `yuyv`.
 */
export function checkSimulation(simulation: SimulationConfiguration): void {
  if (simulation.label !== undefined) checkLabel(simulation.label);
  const { abi, planes = SIMULATION_DEFAULTS.planes } = simulation;
  if (abi === "v1" && planes !== "left") {
    throw new ConfigurationError(
      `--planes ${planes} needs --abi v2 or v2.1: v1 has no other planes`,
    );
  }
  if (simulation.pixelFormat === "yuyv" && simulation.width % 2 !== 0) {
    throw new ConfigurationError(
      `Invalid width ${simulation.width}: the pixel format yuyv needs an even one`,
    );
  }
}
