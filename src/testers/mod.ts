/**
 * Strict receivers for tests: an RTMP server that checks everything that publishers send and can simulate
 * faults, and an RTP receiver that checks packets and payloads.
 *
 * @example
 * ```ts
 * import { RtmpStubServer } from "@cvmmap/streamer/testers";
 *
 * await using server = new RtmpStubServer({
 *   host: "127.0.0.1",
 *   port: 0,
 *   mode: "h264",
 *   onViolation: (violation) => console.error(violation.message),
 * });
 * console.log(`publish to rtmp://127.0.0.1:${server.port}/live/test`);
 * console.assert(server.report().videoFrames === 0);
 * ```
 *
 * @module
 */

export type { AvcConfiguration } from "../bitstream/avc_configuration.ts";
export type { Codec } from "../bitstream/codec.ts";
export type { HevcConfiguration } from "../bitstream/hevc_configuration.ts";
export type { SpsH264 } from "../bitstream/sps_h264.ts";
export type { SpsH265 } from "../bitstream/sps_h265.ts";
export { AmfEcmaArray, type AmfObject, type AmfValue } from "../rtmp/amf0/amf0.ts";
export type { PublishRefusal } from "../rtmp/server/server_dialogue.ts";
export type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
export type {
  VideoFrame,
  VideoMessage,
  VideoMetadata,
  VideoSequenceEnd,
  VideoSequenceHeader,
} from "../rtmp/flv/video_parse.ts";
export type { IdentityReport } from "./identity_check.ts";
export type { SimpleValues } from "./rtmp_metadata_check.ts";
export { type RtmpStubResult, type RtmpStubTesterOptions, runRtmpStubTester } from "./rtmp_stub.ts";
export type { PublicationEnd } from "./rtmp_stub_connection.ts";
export type { RtmpStubCounts, SequenceHeaderReport } from "./rtmp_stub_counts.ts";
export { BAD_NAME, type StubFaultPlan } from "./rtmp_stub_fault.ts";
export {
  type RtmpPublicationReport,
  type RtmpStubReport,
  RtmpStubServer,
  type RtmpStubServerOptions,
} from "./rtmp_stub_server.ts";
export {
  type RtpReceiverTesterOptions,
  type RtpTesterResult,
  runRtpReceiverTester,
} from "./rtp_receiver.ts";
export type { RtpStreamReport } from "./rtp_stream_check.ts";
export type { TesterOutcome } from "./outcome.ts";
export type { ContractErrorCode, ErrorCode } from "../error_code.ts";
export { StreamerError } from "../errors.ts";
