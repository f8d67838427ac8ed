import type { Codec } from "../bitstream/codec.ts";
import type { PixelFormat } from "../contract/enumerations.ts";
import { checkLabel } from "../contract/label.ts";
import type { SourceAddress } from "../ingest/options.ts";
import { ConfigurationError } from "../errors.ts";

/** Metadata versions that the simulator can write. */
export const ABIS = ["v1", "v2", "v2.1"] as const;
/** Number of frames to publish. */
export const FRAMES_RANGE = { min: 0, max: 4_294_967_295 } as const;
/** Frames per second. */
export const FPS_RANGE = { min: 1, max: 1000 } as const;
/** Width of the test picture in pixels. */
export const WIDTH_RANGE = { min: 64, max: 7680 } as const;
/** Height of the test picture in pixels. */
export const HEIGHT_RANGE = { min: 48, max: 4320 } as const;

/** Defaults of a simulated producer. The label has none. */
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

/** Timing of the frames and of their capture times. */
export type Timing =
  | "steady"
  | "jitter"
  | "burst"
  | "repeat"
  | "coarse"
  | "backwards"
  | "media-time"
  | "stall";
/** Planes of a frame: the picture alone, or also depth, depth in every second frame, or an access unit. */
export type Planes = "left" | "depth" | "depth-sometimes" | "encoded";

/** All timings. */
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

/** All choices of planes. */
export const PLANES = [
  "left",
  "depth",
  "depth-sometimes",
  "encoded",
] as const satisfies readonly Planes[];

/**
 * Faults of the access units:
 *
 * - `none`: no fault.
 * - `gaps`: one frame in 50 is not published.
 * - `changes`: 18 frames have an access unit, and the next 18 do not.
 * - `unflagged-keys`: every second key frame is not flagged as one.
 * - `no-parameter-sets`: key frames have no parameter sets.
 */
export type EncodedFaults = "none" | "gaps" | "changes" | "unflagged-keys" | "no-parameter-sets";

/** All faults of access units. */
export const ENCODED_FAULTS = [
  "none",
  "gaps",
  "changes",
  "unflagged-keys",
  "no-parameter-sets",
] as const satisfies readonly EncodedFaults[];

/** Defaults of the encoder of the simulator. */
export const ENCODED_DEFAULTS = {
  encodedCodec: "h264",
  encodedGop: 30,
  encodedBitrateKbps: 4000,
  encodedFaults: "none",
} as const;

/** Configuration of a simulated producer. */
export interface SimulationConfiguration extends SourceAddress {
  /**
   * Stream label, at most 24 bytes of ASCII.
   *
   * @default The name of the instance.
   */
  readonly label?: string;
  /** Number of frames to publish; 0 for no limit. */
  readonly frames: number;
  /** Frames per second. */
  readonly fps: number;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Metadata version. */
  readonly abi: typeof ABIS[number];
  /** Pixel format. */
  readonly pixelFormat: PixelFormat;
  /**
   * Timing of the frames and of their capture times.
   *
   * @default "steady"
   */
  readonly timing?: typeof TIMINGS[number];
  /**
   * Planes of a frame.
   *
   * @default "left"
   */
  readonly planes?: typeof PLANES[number];
  /**
   * Codec of the access units.
   *
   * @default "h264"
   */
  readonly encodedCodec?: Codec;
  /**
   * Distance between key frames of the access units, in frames.
   *
   * @default 30
   */
  readonly encodedGop?: number;
  /**
   * Target bit rate of the access units in kbit/s.
   *
   * @default 4000
   */
  readonly encodedBitrateKbps?: number;
  /**
   * Fault of the access units.
   *
   * @default "none"
   */
  readonly encodedFaults?: EncodedFaults;
  /** Delay between the creation of the segment and socket and the first frame, in milliseconds. */
  readonly startupDelayMs: number;
}

/**
 * Checks the values that flags alone cannot check.
 *
 * @throws {StreamerError} If the label does not fit a sync message, if `v1` is combined with other planes
 * than `left`, or if the width is odd with `yuyv`.
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
      `Invalid width ${simulation.width}: the pixel format yuyv needs an even width`,
    );
  }
}
