import type { Codec } from "../bitstream/codec.ts";

/** Which encoder may run: `auto` takes NVENC where it is usable and software elsewhere. */
export type EncoderChoice = "auto" | "nvenc" | "software";

/** The speed presets of x264 and x265, fastest first; other encoders take the nearest of their own. */
export const SPEED_PRESETS = [
  "ultrafast",
  "superfast",
  "veryfast",
  "faster",
  "fast",
  "medium",
  "slow",
  "slower",
  "veryslow",
  "placebo",
] as const;

/** One of {@linkcode SPEED_PRESETS}. */
export type SpeedPreset = typeof SPEED_PRESETS[number];

/** How to encode. */
export interface EncodeOptions {
  /** What comes out. */
  readonly codec: Codec;
  /** What may run. */
  readonly encoder: EncoderChoice;
  /** Frames from one key frame to the next, at least 1. */
  readonly gop: number;
  /** Successive B-frames, 0 for the lowest latency. */
  readonly bFrames: number;
  /** Target bit rate in kbit/s. */
  readonly bitrateKbps: number;
  /** Speed against compression. */
  readonly speedPreset: SpeedPreset;
}
