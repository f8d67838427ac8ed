import type { EncodeOptions, SpeedPreset } from "./options.ts";

/** Properties of an element by name. */
export type ElementProperties = Readonly<Record<string, string | number>>;

/** NVENC presets, from the fastest, p1, to the best, p7. */
const NVENC_PRESETS: Readonly<Record<SpeedPreset, string>> = {
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

/** Jetson presets, from the fastest, 1, to the best, 4. */
const JETSON_PRESETS: Readonly<Record<SpeedPreset, number>> = {
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

/** Target usages of VA-API and Quick Sync, from the best, 1, to the fastest, 7. */
const TARGET_USAGES: Readonly<Record<SpeedPreset, number>> = {
  ultrafast: 7,
  superfast: 7,
  veryfast: 6,
  faster: 5,
  fast: 5,
  medium: 4,
  slow: 3,
  slower: 2,
  veryslow: 1,
  placebo: 1,
};

/** Complexities of OpenH264. */
const COMPLEXITIES: Readonly<Record<SpeedPreset, string>> = {
  ultrafast: "low",
  superfast: "low",
  veryfast: "low",
  faster: "low",
  fast: "low",
  medium: "medium",
  slow: "high",
  slower: "high",
  veryslow: "high",
  placebo: "high",
};

export function x264(options: EncodeOptions): ElementProperties {
  return {
    "speed-preset": options.speedPreset,
    tune: "zerolatency",
    bitrate: options.bitrateKbps,
    "key-int-max": options.gop,
    bframes: options.bFrames,
    "b-adapt": "false",
    "byte-stream": "true",
    aud: "false",
    // No key frames other than those requested and those every `gop` frames.
    "option-string": "scenecut=0",
  };
}

export function x265(options: EncodeOptions): ElementProperties {
  return {
    "speed-preset": options.speedPreset,
    tune: "zerolatency",
    bitrate: options.bitrateKbps,
    "key-int-max": options.gop,
    // zerolatency disables B-frames, and the lookahead that they need.
    "option-string": [
      `bframes=${options.bFrames}`,
      `rc-lookahead=${options.bFrames === 0 ? 0 : options.bFrames + 1}`,
      // Less rate-distortion analysis: a seventh less work for one percent less quality (docs/performance.md).
      ...(options.speedPreset === "ultrafast" ? ["rd=1"] : []),
      "b-adapt=0:scenecut=0:open-gop=0:aud=0:log-level=0",
    ].join(":"),
  };
}

export function nvenc(options: EncodeOptions): ElementProperties {
  return {
    preset: NVENC_PRESETS[options.speedPreset],
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

/** NVENC before GStreamer 1.24, whose presets have other names. */
export function nvencClassic(options: EncodeOptions): ElementProperties {
  const fast = ["ultrafast", "superfast", "veryfast"].includes(options.speedPreset);
  return { ...nvenc(options), preset: fast ? "low-latency-hp" : "low-latency-hq" };
}

export function jetson(options: EncodeOptions): ElementProperties {
  return {
    "preset-level": JETSON_PRESETS[options.speedPreset],
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

/** The `va` plugin of GStreamer 1.22 and newer. */
export function vaapi(options: EncodeOptions): ElementProperties {
  return {
    "rate-control": "cbr",
    bitrate: options.bitrateKbps,
    "key-int-max": options.gop,
    "b-frames": options.bFrames,
    "target-usage": TARGET_USAGES[options.speedPreset],
    aud: "false",
  };
}

/** The `qsv` plugin of GStreamer 1.22 and newer. */
export function quickSync(options: EncodeOptions): ElementProperties {
  return {
    "rate-control": "cbr",
    bitrate: options.bitrateKbps,
    "gop-size": options.gop,
    "idr-interval": 0,
    "b-frames": options.bFrames,
    "target-usage": TARGET_USAGES[options.speedPreset],
    "low-latency": options.bFrames === 0 ? "true" : "false",
  };
}

/**
 * Controls of stateful V4L2 encoders ("Codec Control Reference" of the Linux media documentation). A driver ignores
 * controls that it does not support. The Raspberry Pi takes the key frame interval from `h264_i_frame_period`.
 */
export function v4l2(options: EncodeOptions): ElementProperties {
  const controls = {
    video_bitrate: options.bitrateKbps * 1000,
    video_bitrate_mode: 1,
    video_gop_size: options.gop,
    h264_i_frame_period: options.gop,
    video_b_frames: options.bFrames,
    repeat_sequence_header: 1,
  };
  const fields = Object.entries(controls).map(([name, value]) => `${name}=(int)${value}`);
  return { "extra-controls": ["controls", ...fields].join(",") };
}

/** OpenH264, which does not support B-frames: `bFrames` is ignored. */
export function openH264(options: EncodeOptions): ElementProperties {
  return {
    "rate-control": "bitrate",
    bitrate: options.bitrateKbps * 1000,
    "gop-size": options.gop,
    complexity: COMPLEXITIES[options.speedPreset],
    "usage-type": "camera",
    "enable-frame-skip": "false",
    "scene-change-detection": "false",
  };
}
