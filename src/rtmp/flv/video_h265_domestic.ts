import { avcLayout } from "./video_avc_layout.ts";
import type { VideoPackaging } from "./video_packaging.ts";
import { VideoCodecId } from "./video_tag.ts";

/**
 * H.265 as FLV codec id 12: the layout of H.264 with an HEVCDecoderConfigurationRecord in the
 * sequence header. No specification has it; Chinese CDNs and the servers written for them do, from
 * the time before Enhanced RTMP.
 */
export const videoH265Domestic: VideoPackaging = avcLayout({
  format: "h265-domestic",
  codec: "h265",
  codecId: VideoCodecId.Hevc,
});
