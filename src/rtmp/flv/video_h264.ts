import { avcLayout } from "./video_avc_layout.ts";
import type { VideoPackaging } from "./video_packaging.ts";
import { VideoCodecId } from "./video_tag.ts";

/** H.264 as FLV codec id 7 (FLV 10.1, E.4.3), which every server takes. */
export const videoH264: VideoPackaging = avcLayout({
  format: "h264",
  codec: "h264",
  codecId: VideoCodecId.Avc,
});
