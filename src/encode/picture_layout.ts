import type { PlaneLayout } from "../../ffi/plane_layout.ts";

/** GStreamer names of the encoders' raw formats: 4:2:0, planar or semi-planar. */
export type RawFormat = "I420" | "NV12";

/** Memory layout of a picture. */
export interface PictureLayout {
  /** Width in pixels. Even, because 4:2:0 subsamples pairs: the last column of an odd source is repeated. */
  readonly width: number;
  /** Height in pixels. Even, like the width. */
  readonly height: number;
  /** Total size in bytes. */
  readonly size: number;
  readonly planes: PlaneLayout;
}

/**
 * Returns GStreamer's default layout of a raw format (`gst_video_info_set_format`): all strides are multiples of four,
 * and the planes are contiguous.
 *
 * The colour matrix depends on the height: BT.709 from 720 lines, else BT.601. Players that ignore the colour
 * description of the stream decide in the same way.
 *
 * @param width Pixels, at least 1.
 * @param height Pixels, at least 1.
 */
export function pictureLayout(format: RawFormat, width: number, height: number): PictureLayout {
  const evenWidth = roundUp(width, 2);
  const evenHeight = roundUp(height, 2);
  const yStride = roundUp(evenWidth, 4);
  const uvStride = format === "NV12" ? yStride : roundUp(evenWidth / 2, 4);
  const uOffset = yStride * evenHeight;
  const chromaPlane = uvStride * evenHeight / 2;
  const interleaved = format === "NV12";
  return {
    width: evenWidth,
    height: evenHeight,
    size: uOffset + (interleaved ? chromaPlane : 2 * chromaPlane),
    planes: {
      yOffset: 0,
      uOffset,
      vOffset: interleaved ? uOffset + 1 : uOffset + chromaPlane,
      yStride,
      uvStride,
      chromaStep: interleaved ? 2 : 1,
      matrix: height >= 720 ? "bt709" : "bt601",
    },
  };
}

/**
 * Returns the GStreamer caps of a picture.
 *
 * @param frameRate Frames a second, more than 0.
 */
export function rawCaps(format: RawFormat, layout: PictureLayout, frameRate: number): string {
  // Both names mean limited range in every version of GStreamer.
  const colorimetry = layout.planes.matrix === "bt709" ? "bt709" : "bt601";
  return [
    "video/x-raw",
    `format=${format}`,
    `width=${layout.width}`,
    `height=${layout.height}`,
    `framerate=${Math.round(frameRate * 1000)}/1000`,
    `colorimetry=${colorimetry}`,
    "interlace-mode=progressive",
    "pixel-aspect-ratio=1/1",
  ].join(",");
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
