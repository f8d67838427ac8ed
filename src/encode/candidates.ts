import type { Packages } from "../../ffi/library.ts";
import type { Codec } from "../bitstream/codec.ts";
import {
  type ElementProperties,
  jetson,
  nvenc,
  nvencClassic,
  openH264,
  quickSync,
  v4l2,
  vaapi,
  x264,
  x265,
} from "./element_properties.ts";
import type { EncodeOptions, EncoderElement } from "./options.ts";
import type { RawFormat } from "./picture_layout.ts";

/** What an encoder runs on: an NVIDIA GPU, a Jetson, VA-API, Intel Quick Sync, a V4L2 device, or the CPU. */
export type EncoderKind = "nvenc" | "jetson" | "vaapi" | "qsv" | "v4l2" | "software";

/** A GStreamer encoder element, and how our options map to it. */
export interface EncoderCandidate {
  /** Name of the element. */
  readonly element: EncoderElement;
  readonly codec: Codec;
  readonly kind: EncoderKind;
  /** Raw format of its input. */
  readonly input: RawFormat;
  /** Elements before it, if it does not accept system memory. */
  readonly upload?: string;
  /** Additional output caps that the element does not negotiate by itself. */
  readonly outputCaps?: string;
  /**
   * Returns the properties by name. Unknown properties are skipped, so the names of several versions of an element may
   * be mixed.
   */
  readonly properties: (options: EncodeOptions) => ElementProperties;
  /** Maximum values of properties that the element's library enforces and the element does not report. */
  readonly limits?: Readonly<Record<string, number>>;
  /** What to install when the element is missing. */
  readonly packages: Packages;
}

const BAD: Packages = {
  debian: "gstreamer1.0-plugins-bad",
  fedora: "gstreamer1-plugins-bad-free",
  arch: "gst-plugins-bad",
};
const VA: Packages = {
  debian: "gstreamer1.0-plugins-bad and intel-media-va-driver or mesa-va-drivers",
  fedora: "gstreamer1-plugins-bad-free and intel-media-driver or mesa-va-drivers",
  arch: "gst-plugin-va and intel-media-driver or libva-mesa-driver",
};
const QSV: Packages = {
  debian: "gstreamer1.0-plugins-bad and libmfx-gen1.2 or libmfx1",
  fedora: "gstreamer1-plugins-bad-free and intel-vpl-gpu-rt",
  arch: "gst-plugin-qsv and vpl-gpu-rt",
};
const GOOD: Packages = {
  debian: "gstreamer1.0-plugins-good",
  fedora: "gstreamer1-plugins-good",
  arch: "gst-plugins-good",
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
const OPENH264: Packages = {
  debian: "gstreamer1.0-plugins-bad",
  fedora: "gstreamer1-plugin-openh264",
  arch: "gst-plugins-bad",
};

const UPLOAD_TO_NVMM = "nvvidconv ! video/x-raw(memory:NVMM),format=NV12";

/** Returns a hardware encoder. All of them accept NV12. */
function hardware(
  element: EncoderElement,
  kind: EncoderKind,
  properties: EncoderCandidate["properties"],
  packages: Packages,
): EncoderCandidate {
  const codec = element.includes("h265") ? "h265" : "h264";
  return { element, codec, kind, input: "NV12", properties, packages };
}

/** Returns a software encoder. */
function software(
  element: EncoderElement,
  codec: Codec,
  properties: EncoderCandidate["properties"],
  packages: Packages,
): EncoderCandidate {
  return { element, codec, kind: "software", input: "I420", properties, packages };
}

/** All supported encoders. Those of a codec are in the order in which they are tried. */
export const ENCODER_CANDIDATES: readonly EncoderCandidate[] = [
  ...(["h264", "h265"] as const).flatMap((codec): EncoderCandidate[] => [
    hardware(`nvcuda${codec}enc`, "nvenc", nvenc, BAD),
    hardware(`nvautogpu${codec}enc`, "nvenc", nvenc, BAD),
    hardware(`nv${codec}enc`, "nvenc", nvencClassic, BAD),
    { ...hardware(`nvv4l2${codec}enc`, "jetson", jetson, JETSON), upload: UPLOAD_TO_NVMM },
    hardware(`va${codec}enc`, "vaapi", vaapi, VA),
    // Some Intel processors can encode only in the low-power unit.
    hardware(`va${codec}lpenc`, "vaapi", vaapi, VA),
    hardware(`qsv${codec}enc`, "qsv", quickSync, QSV),
  ]),
  // The encoder of the Raspberry Pi refuses 1080p without a level.
  { ...hardware("v4l2h264enc", "v4l2", v4l2, GOOD), outputCaps: "level=(string)4" },
  software("x264enc", "h264", x264, X264),
  software("x265enc", "h265", x265, X265),
  // For systems without x264, such as Fedora. The library supports levels up to 5.2, whose maximum
  // bit rate is 288 Mbit/s (ITU-T H.264, table A-1).
  {
    ...software("openh264enc", "h264", openH264, OPENH264),
    limits: { bitrate: 288_000_000 },
  },
];
