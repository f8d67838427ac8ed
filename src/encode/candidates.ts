import type { Packages } from "../../ffi/library.ts";
import type { Codec } from "../bitstream/codec.ts";
import type { EncodeOptions } from "./options.ts";
import type { RawFormat } from "./picture_layout.ts";

/** What an encoder runs on: an NVIDIA card, an NVIDIA Jetson's own encoder, or the processor. */
export type EncoderKind = "nvenc" | "jetson" | "software";

/** One GStreamer element that can encode, and how the product's options map onto it. */
export interface EncoderCandidate {
  /** Name of the element. */
  readonly element: string;
  readonly codec: Codec;
  readonly kind: EncoderKind;
  /** What it takes. */
  readonly input: RawFormat;
  /** Elements in front of it, where it does not take plain memory. */
  readonly upload?: string;
  /**
   * Properties by name. Versions of an element differ in what they have: one that is not there is
   * left out, so the words of several versions may stand side by side.
   */
  readonly properties: (options: EncodeOptions) => Readonly<Record<string, string | number>>;
  /** What to install when the element is missing. */
  readonly packages: Packages;
}

/** x264 and x265 call their presets alike, NVENC numbers its own from the fastest, p1, to the best, p7. */
const NVENC_PRESETS: Readonly<Record<string, string>> = {
  ultrafast: "p1",
  superfast: "p1",
  veryfast: "p2",
  faster: "p3",
  fast: "p3",
  medium: "p4",
  slow: "p5",
  slower: "p6",
  veryslow: "p7",
  placebo: "p7",
};

/** Jetson's presets, 1 to 4, likewise. */
const JETSON_PRESETS: Readonly<Record<string, number>> = {
  ultrafast: 1,
  superfast: 1,
  veryfast: 2,
  faster: 2,
  fast: 2,
  medium: 3,
  slow: 4,
  slower: 4,
  veryslow: 4,
  placebo: 4,
};

const NVCODEC: Packages = {
  debian: "gstreamer1.0-plugins-bad",
  fedora: "gstreamer1-plugins-bad-free",
  arch: "gst-plugins-bad",
};
const JETSON: Packages = {
  debian: "nvidia-l4t-gstreamer",
  fedora: "nothing (Jetson runs Ubuntu)",
  arch: "nothing (Jetson runs Ubuntu)",
};
const X264: Packages = {
  debian: "gstreamer1.0-plugins-ugly",
  fedora: "gstreamer1-plugins-ugly (RPM Fusion)",
  arch: "gst-plugins-ugly",
};
const X265: Packages = {
  debian: "gstreamer1.0-plugins-bad",
  fedora: "gstreamer1-plugins-bad-freeworld (RPM Fusion)",
  arch: "gst-plugins-bad",
};

function x264(options: EncodeOptions): Record<string, string | number> {
  return {
    "speed-preset": options.speedPreset,
    tune: "zerolatency",
    bitrate: options.bitrateKbps,
    "key-int-max": options.gop,
    bframes: options.bFrames,
    "b-adapt": "false",
    "byte-stream": "true",
    aud: "false",
    // Key frames come where they are asked for and at the end of each group, nowhere else.
    "option-string": "scenecut=0",
  };
}

function x265(options: EncodeOptions): Record<string, string | number> {
  return {
    "speed-preset": options.speedPreset,
    tune: "zerolatency",
    bitrate: options.bitrateKbps,
    "key-int-max": options.gop,
    // zerolatency switches B-frames off, and looking ahead, which they need.
    "option-string": [
      `bframes=${options.bFrames}`,
      `rc-lookahead=${options.bFrames === 0 ? 0 : options.bFrames + 1}`,
      "b-adapt=0:scenecut=0:open-gop=0:aud=0:log-level=0",
    ].join(":"),
  };
}

function nvenc(options: EncodeOptions): Record<string, string | number> {
  return {
    preset: NVENC_PRESETS[options.speedPreset] ?? "p1",
    tune: "ultra-low-latency",
    zerolatency: "true",
    "zero-reorder-delay": options.bFrames === 0 ? "true" : "false",
    "rc-mode": "cbr",
    bitrate: options.bitrateKbps,
    "gop-size": options.gop,
    bframes: options.bFrames,
    "b-frames": options.bFrames,
    "strict-gop": "true",
    "repeat-sequence-header": "true",
    aud: "false",
  };
}

/** The elements of GStreamer before 1.24 know these presets in place of p1 to p7. */
function nvencClassic(options: EncodeOptions): Record<string, string | number> {
  const fast = ["ultrafast", "superfast", "veryfast"].includes(options.speedPreset);
  return { ...nvenc(options), preset: fast ? "low-latency-hp" : "low-latency-hq" };
}

function jetson(options: EncodeOptions): Record<string, string | number> {
  return {
    "preset-level": JETSON_PRESETS[options.speedPreset] ?? 1,
    "maxperf-enable": "true",
    "control-rate": 1,
    bitrate: options.bitrateKbps * 1000,
    iframeinterval: options.gop,
    idrinterval: options.gop,
    "num-B-Frames": options.bFrames,
    "insert-sps-pps": "true",
    "insert-vui": "true",
    "insert-aud": "false",
  };
}

const UPLOAD_TO_NVMM = "nvvidconv ! video/x-raw(memory:NVMM),format=NV12";

/** Every encoder that is known, in the order in which they are tried. */
export const ENCODER_CANDIDATES: readonly EncoderCandidate[] = (["h264", "h265"] as const).flatMap(
  (codec): EncoderCandidate[] => [
    {
      element: `nvcuda${codec}enc`,
      codec,
      kind: "nvenc",
      input: "NV12",
      properties: nvenc,
      packages: NVCODEC,
    },
    {
      element: `nvautogpu${codec}enc`,
      codec,
      kind: "nvenc",
      input: "NV12",
      properties: nvenc,
      packages: NVCODEC,
    },
    {
      element: `nv${codec}enc`,
      codec,
      kind: "nvenc",
      input: "NV12",
      properties: nvencClassic,
      packages: NVCODEC,
    },
    {
      element: `nvv4l2${codec}enc`,
      codec,
      kind: "jetson",
      input: "NV12",
      upload: UPLOAD_TO_NVMM,
      properties: jetson,
      packages: JETSON,
    },
    codec === "h264"
      ? {
        element: "x264enc",
        codec,
        kind: "software",
        input: "I420",
        properties: x264,
        packages: X264,
      }
      : {
        element: "x265enc",
        codec,
        kind: "software",
        input: "I420",
        properties: x265,
        packages: X265,
      },
  ],
);
