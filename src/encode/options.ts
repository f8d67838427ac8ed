import type { Codec } from "../bitstream/codec.ts";

/** The supported GStreamer encoder elements. */
export const ENCODER_ELEMENTS = [
  "nvcudah264enc",
  "nvautogpuh264enc",
  "nvh264enc",
  "nvv4l2h264enc",
  "vah264enc",
  "vah264lpenc",
  "qsvh264enc",
  "v4l2h264enc",
  "x264enc",
  "openh264enc",
  "nvcudah265enc",
  "nvautogpuh265enc",
  "nvh265enc",
  "nvv4l2h265enc",
  "vah265enc",
  "vah265lpenc",
  "qsvh265enc",
  "x265enc",
] as const;

/** One of {@linkcode ENCODER_ELEMENTS}. */
export type EncoderElement = typeof ENCODER_ELEMENTS[number];

/** The encoder choices other than an element. */
export const ENCODER_CHOICES = ["auto", "passthrough", "nvenc", "hardware", "software"] as const;

/**
 * Selects the encoder:
 *
 * - `auto` passes on the access units that a producer has encoded, and encodes the pictures if there are no access
 *   units: with NVENC if it is usable, else with other available hardware, else in software.
 * - `passthrough` is like `auto`, but starts even if no encoder is installed, and warns when it has to encode.
 * - `nvenc`, `hardware` and `software` encode only with such an encoder.
 * - The name of an element encodes only with that element.
 */
export type EncoderChoice = typeof ENCODER_CHOICES[number] | EncoderElement;

/** The speed presets of x264 and x265, fastest first. Other encoders use the nearest of their presets. */
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
  /** Codec of the access units. */
  readonly codec: Codec;
  /** Which encoder to use. */
  readonly encoder: EncoderChoice;
  /** Frames from one key frame to the next, at least 1. */
  readonly gop: number;
  /** Successive B-frames; 0 for the lowest latency. */
  readonly bFrames: number;
  /** Target bit rate in kbit/s. */
  readonly bitrateKbps: number;
  /** Trade-off between speed and compression. */
  readonly speedPreset: SpeedPreset;
}

/** How a stream provides its access units. */
export interface SourceOptions extends EncodeOptions {
  /** Whether each access unit carries which frame it is, and when that was captured. */
  readonly frameIdentity: boolean;
}
