import type { PlaneLayout } from "../../ffi/plane_layout.ts";

/** Raw formats that the encoders take, in GStreamer's names: 4:2:0, planar or half-planar. */
export type RawFormat = "I420" | "NV12";

/** How one picture lies in a buffer. */
export interface PictureLayout {
  /** Even: an odd last column or row of the source is repeated once, since 4:2:0 knows only pairs. */
  readonly width: number;
  readonly height: number;
  /** Bytes in all. */
  readonly size: number;
  readonly planes: PlaneLayout;
}

/**
 * The layout that GStreamer gives a raw format by default (`gst_video_info_set_format`): every stride
 * a multiple of four, planes one behind the other.
 *
 * Players that ignore what the stream says of its colours go by its height, so we do the same: BT.709
 * from 720 lines up, BT.601 below.
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
 * GStreamer caps of such a picture.
 *
 * @param frameRate Frames a second, more than 0.
 */
export function rawCaps(format: RawFormat, layout: PictureLayout, frameRate: number): string {
  // Limited range, by name where the name says the same to every version of GStreamer.
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
