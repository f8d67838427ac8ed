/**
 * Reads raw camera frames from a [cv-mmap](https://github.com/crosstyan/cv-mmap) producer, encodes them
 * as H.264 or H.265, and passes the access units to RTP receivers, an RTMP server, your own sinks or a
 * `for await` loop.
 *
 * @example
 * ```ts
 * import { rtp, Stream } from "@cvmmap/streamer";
 *
 * await using stream = new Stream({ source: "camera0", codec: "h264" });
 * stream.add(rtp({ endpoint: "127.0.0.1:5004", sdpPath: "/tmp/camera0.sdp" }));
 * await stream.run({ signal: AbortSignal.timeout(60_000) });
 * ```
 *
 * Requires Linux, GStreamer and libzmq, and the permissions `--allow-ffi` and `--allow-read`, plus
 * `--allow-net` for RTMP and for host names. The native part is compiled once into the cache of the user,
 * which needs further permissions: see docs/module.md.
 *
 * Separate modules export the parts: `@cvmmap/streamer/contract`, `/bitstream`, `/rtp`, `/rtmp`,
 * `/simulator` and `/testers`.
 *
 * @module
 */

export type { AccessUnitsOptions } from "./publish/access_unit_reader.ts";
export { Stream } from "./stream/stream.ts";
export type { StreamEnd } from "./stream/stream_end.ts";
export type { StreamOptions } from "./stream/options.ts";
export { rtp, rtpToEach } from "./rtp/rtp_output.ts";
export {
  RTP_OPTIONS,
  type RtpOptions,
  type RtpPacketOptions,
  type RtpReceiverOptions,
  type RtpToEachOptions,
} from "./rtp/options.ts";
export { rtmp } from "./rtmp/rtmp_output.ts";
export { RTMP_OPTIONS, type RtmpOptions } from "./rtmp/options.ts";
export type {
  BooleanOption,
  IntegerOption,
  Option,
  OptionBase,
  OptionTable,
  OptionValue,
  OptionValues,
  SwitchOption,
  TextOption,
  WordOption,
} from "./option_table.ts";
export { KEEP_QUEUE, LIVE_QUEUE, type QueuePolicy } from "./publish/queue_policy.ts";
export type { Sink, SinkContext, SinkStatistics } from "./publish/sink.ts";
export type { Percentiles, StreamStatistics } from "./stream/statistics.ts";
export { type Stage, STAGE_BUCKETS, type StageHistogram } from "./stream/stage_latency.ts";
export type { IngestCounters } from "./ingest/counters.ts";
export type { IngestEnd } from "./ingest/ingest.ts";
export type { SourceAddress } from "./ingest/options.ts";
export { forgetNvencAnswers } from "./encode/nvenc_answers.ts";
export {
  ENCODER_CHOICES,
  ENCODER_ELEMENTS,
  type EncoderChoice,
  type EncoderElement,
  SPEED_PRESETS,
  type SpeedPreset,
} from "./encode/options.ts";
export type { AccessUnit } from "./bitstream/access_unit.ts";
export {
  type FrameIdentity,
  readFrameIdentity,
  type ReadIdentity,
} from "./bitstream/frame_identity.ts";
export type { CodedFormat } from "./bitstream/coded_format.ts";
export type { ParameterSetList } from "./bitstream/parameter_sets.ts";
export type { NalIndex } from "./bitstream/nal_units.ts";
export type { Codec } from "./bitstream/codec.ts";
export type { VideoMode } from "./rtmp/flv/video_formats.ts";
export type { ContractErrorCode, ErrorCode } from "./error_code.ts";
export { ConfigurationError, StreamerError } from "./errors.ts";
export { ContractError } from "./contract/errors.ts";
