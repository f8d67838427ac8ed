import type { Codec } from "../bitstream/codec.ts";

/** GStreamer's elements that are known to encode. */
export const ENCODER_ELEMENTS = [
  ...["nvcudah264enc", "nvautogpuh264enc", "nvh264enc", "nvv4l2h264enc"] as const,
  ...["vah264enc", "vah264lpenc", "qsvh264enc", "v4l2h264enc", "x264enc", "openh264enc"] as const,
  ...["nvcudah265enc", "nvautogpuh265enc", "nvh265enc", "nvv4l2h265enc"] as const,
  ...["vah265enc", "vah265lpenc", "qsvh265enc", "x265enc"] as const,
] as const;

/** One of {@linkcode ENCODER_ELEMENTS}. */
export type EncoderElement = typeof ENCODER_ELEMENTS[number];

/** Which encoder may run, unless it is named. */
export const ENCODER_CHOICES = ["auto", "passthrough", "nvenc", "hardware", "software"] as const;

/**
 * Which encoder may run: `auto` passes on the access units that a producer has encoded itself, and encodes pictures
 * where there are none: with NVENC where it is usable, then other hardware that is there, and software elsewhere.
 * `passthrough` is the same, but goes without an encoder where none is installed, and warns where one has to help out;
 * `hardware` does not take software; an element's name takes that alone.
 */
export type EncoderChoice = typeof ENCODER_CHOICES[number] | EncoderElement;

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
