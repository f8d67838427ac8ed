/**
 * Reads raw camera frames from a [cv-mmap](https://github.com/crosstyan/cv-mmap) producer, encodes them
 * as H.264 or H.265 and gives the access units to whom you like: an RTP receiver, an RTMP server, an
 * object of your own, a loop.
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
 * It runs on Linux, with GStreamer and libzmq, and needs the permissions `--allow-ffi` and `--allow-read`;
 * `--allow-net` for RTMP and for names of hosts. The native part is compiled once, into the user's cache,
 * which needs more: see docs/module.md.
 *
 * The parts are modules of their own: `@cvmmap/streamer/contract`, `/bitstream`, `/rtp`, `/rtmp`,
 * `/simulator` and `/testers`.
 *
 * @module
 */

export { Stream } from "./stream/stream.ts";
export type { AccessUnitsOptions, StreamEnd } from "./stream/stream.ts";
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
  TextOption,
  WordOption,
} from "./option_table.ts";
export { KEEP_QUEUE, LIVE_QUEUE, type QueuePolicy } from "./publish/queue_policy.ts";
export type { Sink, SinkContext, SinkStatistics } from "./publish/sink.ts";
export type { Percentiles, StreamStatistics } from "./stream/statistics.ts";
export type { IngestCounters } from "./ingest/counters.ts";
export type { IngestEnd } from "./ingest/ingest.ts";
export type { SourceAddress } from "./ingest/options.ts";
export { forgetNvencAnswers } from "./encode/nvenc_answers.ts";
export type { EncoderChoice, EncoderElement, SpeedPreset } from "./encode/options.ts";
export { ENCODER_CHOICES, ENCODER_ELEMENTS, SPEED_PRESETS } from "./encode/options.ts";
export type { AccessUnit } from "./bitstream/access_unit.ts";
export type { CodedFormat } from "./bitstream/coded_format.ts";
export type { ParameterSetList } from "./bitstream/parameter_sets.ts";
export type { NalIndex } from "./bitstream/nal_units.ts";
export type { Codec } from "./bitstream/codec.ts";
export type { VideoMode } from "./rtmp/flv/video_formats.ts";
export type { ContractErrorCode, ErrorCode } from "./error_code.ts";
export { ConfigurationError, StreamerError } from "./errors.ts";
export { ContractError } from "./contract/errors.ts";
