import type { Codec } from "../../bitstream/codec.ts";
import { RtmpError } from "../rtmp_error.ts";
import { videoH264, videoH265Domestic } from "./video_legacy.ts";
import { videoH265Enhanced } from "./video_enhanced.ts";
import type { VideoFormat, VideoPackaging } from "./video_packaging.ts";

/** Packaging of H.265: Enhanced RTMP's FourCC `hvc1`, or FLV codec id 12. H.264 always has codec id 7. */
export type VideoMode = "enhanced" | "domestic";

/** A packaging and the codec and mode that select it. */
export interface VideoFormatRow {
  /** Codec of the access units. */
  readonly codec: Codec;
  /** Mode of the session. */
  readonly mode: VideoMode;
  /** The packaging. */
  readonly packaging: VideoPackaging;
}

/** All packagings. */
export const videoFormats: readonly VideoFormatRow[] = [
  { codec: "h264", mode: "enhanced", packaging: videoH264 },
  { codec: "h265", mode: "enhanced", packaging: videoH265Enhanced },
  { codec: "h265", mode: "domestic", packaging: videoH265Domestic },
];

/**
 * Returns the packaging of a codec in a mode.
 *
 * @throws {RtmpError} If the mode does not support the codec.
 *
 * @example
 * ```ts
 * import { videoPackaging } from "./video_formats.ts";
 *
 * console.assert(videoPackaging("h264", "enhanced").metadataCodecId === 7);
 * ```
 */
export function videoPackaging(codec: Codec, mode: VideoMode): VideoPackaging {
  const row = videoFormats.find((row) => row.codec === codec && row.mode === mode);
  if (row === undefined) {
    const allowed = videoFormats.map((row) => `${row.codec} ${row.mode}`).join(", ");
    throw new RtmpError(
      `RTMP has no packaging for ${codec} in mode ${mode}: ${allowed} are allowed`,
      "no_video_packaging",
    );
  }
  return row.packaging;
}

/** Returns the packaging of a format. */
export function packagingOf(format: VideoFormat): VideoPackaging {
  return videoFormats.find((row) => row.packaging.format === format)!.packaging;
}
