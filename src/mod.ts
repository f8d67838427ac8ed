/**
 * Reads raw camera frames from a cv-mmap producer, encodes them and publishes them.
 *
 * @example
 * ```ts
 * import { Stream } from "@cvmmap/streamer";
 *
 * const stream = new Stream({
 *   mode: "pipeline",
 *   ingest: {
 *     source: { shmName: "cvmmap_camera0", zmqEndpoint: "ipc:///tmp/cvmmap_camera0" },
 *     queueSize: 1,
 *     maxFrames: 0,
 *     idleTimeoutMs: 5000,
 *   },
 *   encode: {
 *     codec: "h264",
 *     encoder: "auto",
 *     gop: 30,
 *     bFrames: 0,
 *     bitrateKbps: 4000,
 *     speedPreset: "ultrafast",
 *   },
 *   rtp: { host: "127.0.0.1", port: 5004, payloadType: 96, mtu: 1400, sdpPath: "/tmp/camera.sdp" },
 * });
 * const end = await stream.run(AbortSignal.timeout(60_000));
 * ```
 *
 * @module
 */

export * from "./contract/mod.ts";
export { ExitCode, StreamerError } from "./errors.ts";
export type { Codec } from "./bitstream/codec.ts";
export type { IngestCounters } from "./ingest/counters.ts";
export type { IngestEnd } from "./ingest/ingest.ts";
export type { IngestOptions, SourceAddress } from "./ingest/options.ts";
export type { EncodeOptions, EncoderChoice } from "./encode/options.ts";
export type { RtmpOutputOptions } from "./stream/rtmp_output.ts";
export type { VideoMode } from "./rtmp/video_formats.ts";
export type { RtpOutputOptions } from "./stream/rtp_output.ts";
export type { Percentiles, SinkStatistics, StreamStatistics } from "./stream/statistics.ts";
export { Stream, type StreamEnd, type StreamOptions } from "./stream/stream.ts";
