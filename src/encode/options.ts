import type { Codec } from "../bitstream/codec.ts";

/** Which encoder may run: `auto` takes NVENC where it is usable and software elsewhere. */
export type EncoderChoice = "auto" | "nvenc" | "software";

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
  /** Speed preset in the words of x264 and x265, `ultrafast` to `placebo`. */
  readonly speedPreset: string;
}
