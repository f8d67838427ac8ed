/**
 * Publishing to RTMP servers (Adobe RTMP 1.0, Enhanced RTMP v1 and v2) and the FLV packaging of H.264 and
 * H.265: codec id 7, FourCC `hvc1`, codec id 12. The stub server is in `@cvmmap/streamer/testers`.
 *
 * @example Publish access units from any encoder
 * ```ts
 * import { parseRtmpUrl, RtmpSink, videoPackaging } from "@cvmmap/streamer/rtmp";
 *
 * await using sink = new RtmpSink({
 *   url: parseRtmpUrl("rtmp://127.0.0.1/live/camera0"),
 *   packaging: videoPackaging("h264", "enhanced"),
 *   describe: () => ({ frameRate: 30, bitrateKbps: 4000, encoder: "my encoder" }),
 * });
 * // for each access unit: sink.write(unit);
 * console.assert(sink.name === "rtmp://127.0.0.1/live/***");
 * ```
 *
 * @module
 */

export type { AccessUnit } from "../bitstream/access_unit.ts";
export type { CodedFormat } from "../bitstream/coded_format.ts";
export type { FrameIdentity } from "../bitstream/frame_identity.ts";
export type { ParameterSetList } from "../bitstream/parameter_sets.ts";
export type { NalIndex } from "../bitstream/nal_units.ts";
export type { AvcConfiguration } from "../bitstream/avc_configuration.ts";
export type { Codec } from "../bitstream/codec.ts";
export type { HevcConfiguration } from "../bitstream/hevc_configuration.ts";
export { NalUnits } from "../bitstream/nal_units.ts";
export type { SpsH264 } from "../bitstream/sps_h264.ts";
export type { QueuePolicy } from "../publish/queue_policy.ts";
export type { Sink, SinkContext, SinkStatistics } from "../publish/sink.ts";
export type { SpsH265 } from "../bitstream/sps_h265.ts";
export { AmfEcmaArray, type AmfObject, type AmfValue } from "./amf0/amf0.ts";
export { decodeAmf0 } from "./amf0/amf0_decode.ts";
export { encodeAmf0 } from "./amf0/amf0_encode.ts";
export type { BackoffRange } from "../backoff.ts";
export {
  type MediaMessage,
  type ReconnectRequest,
  RtmpSession,
  type RtmpSessionOptions,
} from "./client/client_session.ts";
export { metadataMessage, type StreamDescription, streamMetadata } from "./flv/metadata.ts";
export { HevcPackagingChoice, type PackagingChoice } from "./packaging_choice.ts";
export { RtmpConnectionError, RtmpError } from "./rtmp_error.ts";
export { openRtmpSink, RtmpSink } from "./rtmp_sink.ts";
export {
  RTMP_SINK_LIMITS,
  type RtmpChange,
  type RtmpSinkLimits,
  type RtmpSinkOptions,
  type RtmpSinkStatistics,
} from "./rtmp_sink_options.ts";
export { RtmpRefusal, type ServerStatus } from "./server/server_status.ts";
export { maskedUrl, parseRtmpUrl, type RtmpUrl } from "./url.ts";
export {
  type VideoFormatRow,
  videoFormats,
  type VideoMode,
  videoPackaging,
} from "./flv/video_formats.ts";
export { PayloadBuffer, type VideoFormat, type VideoPackaging } from "./flv/video_packaging.ts";
export {
  parseVideoMessage,
  type VideoFrame,
  type VideoMessage,
  type VideoMetadata,
  type VideoSequenceEnd,
  type VideoSequenceHeader,
} from "./flv/video_parse.ts";
export { type EncodingDescription, VideoSender } from "./video_sender.ts";
export type { ContractErrorCode, ErrorCode } from "../error_code.ts";
export { StreamerError } from "../errors.ts";
