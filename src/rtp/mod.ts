/**
 * RTP and RTCP (RFC 3550), H.264 over RTP (RFC 6184), H.265 over RTP (RFC 7798) and SDP (RFC 8866):
 * packetizers, depacketizers, and a sink that sends to one receiver.
 *
 * @example
 * ```ts
 * import { NalUnits } from "@cvmmap/streamer/bitstream";
 * import { DepacketizerH264, PacketArena, PacketizerH264, parseRtpPacket } from "@cvmmap/streamer/rtp";
 *
 * const units = new NalUnits();
 * units.scan(Uint8Array.of(0, 0, 1, 0x65, ...new Uint8Array(5000).fill(1)));
 *
 * const arena = new PacketArena();
 * new PacketizerH264({ payloadType: 96, ssrc: 7, sequenceNumber: 0 }).packetize(units, 90_000, arena);
 * console.assert(arena.count === 4);
 *
 * const depacketizer = new DepacketizerH264(({ nalUnits, complete }) => {
 *   console.assert(complete && nalUnits[0]?.length === 5001);
 * });
 * for (let i = 0; i < arena.count; i++) depacketizer.push(parseRtpPacket(arena.packet(i)));
 * ```
 *
 * @module
 */

export type { AccessUnit } from "../bitstream/access_unit.ts";
export type { CodedFormat } from "../bitstream/coded_format.ts";
export type { FrameIdentity } from "../bitstream/frame_identity.ts";
export type { ParameterSetList } from "../bitstream/parameter_sets.ts";
export type { NalIndex } from "../bitstream/nal_units.ts";
export type { Codec } from "../bitstream/codec.ts";
export { NalUnits } from "../bitstream/nal_units.ts";
export type {
  DatagramOutlet,
  Datagrams,
  DatagramSender,
  SendOutcome,
  SendTrouble,
} from "../../ffi/datagram_sender.ts";
export { Depacketizer, type ReceivedAccessUnit } from "./depacketizer.ts";
export { DepacketizerH264 } from "./depacketizer_h264.ts";
export { DepacketizerH265 } from "./depacketizer_h265.ts";
export {
  type Endpoint,
  formatEndpoint,
  MAX_RTP_PORT,
  parseEndpoint,
  type ResolvedEndpoint,
  resolveEndpoint,
} from "./endpoint.ts";
export type { HeaderExtension } from "./header_extension.ts";

export { openRtpSink, type OpenRtpSinkOptions } from "./open_rtp_sink.ts";
export { MAX_ARENA_BYTES, PacketArena } from "./packet_arena.ts";
export {
  DEFAULT_MTU,
  DEFAULT_PAYLOAD_TYPE,
  MAX_MTU,
  MIN_MTU,
  Packetizer,
  type PacketizerOptions,
} from "./packetizer.ts";
export { PacketizerH264 } from "./packetizer_h264.ts";
export { PacketizerH265 } from "./packetizer_h265.ts";
export type { ReceiverCondition } from "./receiver_state.ts";
export { type SenderReport, writeSenderReport } from "./rtcp.ts";
export type { ReceiverReport } from "./receiver_reports.ts";
export {
  type KeyFrameRequest,
  type NegativeAcknowledgement,
  parseRtcp,
  parseRtcpPackets,
  type ReceptionReport,
  type Receptions,
  type RtcpPacket,
} from "./rtcp_parse.ts";
export { RtpClock, VIDEO_CLOCK_RATE } from "./rtp_clock.ts";
export { RtpError } from "./rtp_error.ts";
export {
  buildRtpPacket,
  parseRtpPacket,
  RTP_HEADER_BYTES,
  type RtpPacket,
  writeRtpHeader,
} from "./rtp_packet.ts";
export { RtpSink, type RtpSinkOptions, type RtpSinkStatistics } from "./rtp_sink.ts";
export type { RetransmissionIdentity } from "./retransmitter.ts";
export { PacketHistory } from "./packet_history.ts";
export {
  randomStreamIdentity,
  type ReceiverDescription,
  RtpStream,
  type RtpStreamOptions,
  type StreamIdentity,
} from "./rtp_stream.ts";
export { describeSession, type SessionDescription } from "./sdp.ts";
export { type Arrival, SequenceTracker } from "./sequence_tracker.ts";
export type { ContractErrorCode, ErrorCode } from "../error_code.ts";
export { StreamerError } from "../errors.ts";
