import { Buffer } from "node:buffer";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import type { ParameterSetList } from "../bitstream/parameter_sets.ts";
import { profileLevelIdH264 } from "../bitstream/profile_h264.ts";
import { profileTierLevelH265 } from "../bitstream/profile_h265.ts";
import type { ResolvedEndpoint } from "./endpoint.ts";
import { HISTORY_MS } from "./packet_history.ts";
import { VIDEO_CLOCK_RATE } from "./rtp_clock.ts";

/** The values of a session description for one RTP stream. */
export interface SessionDescription {
  /** The endpoint that a player listens on; RTCP uses the next port. */
  readonly receiver: ResolvedEndpoint;
  /** Dynamic payload type: 96 to 127. */
  readonly payloadType: number;
  /** Codec, parameter sets and frame rate. */
  readonly format: CodedFormat;
  /** Name of the session: one line, not empty. */
  readonly sessionName: string;
  /** Unique identifier of the session. */
  readonly sessionId: number;
  /** Version of the description; it increases with every change. */
  readonly sessionVersion: number;
  /** Hops that multicast packets may take: 1 to 255 (RFC 8866, 5.7). */
  readonly ttl?: number;
  /** Path of the stream for RTSP, relative to the URL of the session (RFC 2326, C.1.1). */
  readonly control?: string;
  /**
   * Profile: with feedback (RFC 4585) or without it.
   *
   * @default "RTP/AVP"
   */
  readonly profile?: "RTP/AVP" | "RTP/AVPF";
  /** Bit rate in kbit/s, with headers: receivers derive from it how often they may report (RFC 8866, 5.8; RFC 3550, 6.2). */
  readonly bandwidthKbps?: number;
  /** Payload type of the stream in which lost packets are sent again, if they are (RFC 4588, 8). */
  readonly retransmissionPayloadType?: number;
  /** Header extension of the packets (RFC 8285, 5). */
  readonly headerExtension?: { readonly id: number; readonly uri: string };
}

/**
 * Writes a session description (RFC 8866) that a player can open. The format parameters are those
 * of RFC 6184, 8.1 for H.264, and of RFC 7798, 7.1 for H.265.
 *
 * @throws {BitstreamError} If an SPS is truncated.
 */
export function describeSession(session: SessionDescription): string {
  const { receiver, payloadType, format, control, headerExtension: extension } = session;
  const { profile = "RTP/AVP", bandwidthKbps, retransmissionPayloadType: again } = session;
  const { codec, parameterSets, frameRate } = format;
  const network = receiver.family === 6 ? "IN IP6" : "IN IP4";
  const origin = receiver.family === 6 ? "::1" : "127.0.0.1";
  const encoding = codec === "h264" ? "H264" : "H265";
  const parameters = codec === "h264"
    ? parametersH264(parameterSets)
    : parametersH265(parameterSets);
  return [
    "v=0",
    `o=- ${session.sessionId} ${session.sessionVersion} ${network} ${origin}`,
    `s=${session.sessionName}`,
    // A zone (%eth0) is only meaningful on this machine.
    `c=${network} ${receiver.address.replace(/%.*$/, "")}${timeToLive(session)}`,
    "t=0 0",
    ...(control === undefined ? [] : ["a=control:*", "a=range:npt=now-"]),
    "a=recvonly",
    `m=video ${receiver.port} ${profile} ${payloadType}${again === undefined ? "" : ` ${again}`}`,
    ...(bandwidthKbps === undefined ? [] : [`b=AS:${Math.ceil(bandwidthKbps)}`]),
    `a=rtpmap:${payloadType} ${encoding}/${VIDEO_CLOCK_RATE}`,
    `a=fmtp:${payloadType} ${parameters.join("; ")}`,
    ...(frameRate === undefined ? [] : [`a=framerate:${decimal(frameRate)}`]),
    ...(control === undefined ? [] : [`a=control:${control}`]),
    ...(again === undefined ? [] : retransmission(payloadType, again)),
    ...(extension === undefined ? [] : [`a=extmap:${extension.id} ${extension.uri}`]),
    "",
  ].join("\r\n");
}

/** IPv6 has hop limits, which are not part of the address. */
function timeToLive({ receiver: { family }, ttl }: SessionDescription): string {
  return ttl === undefined || family === 6 ? "" : `/${ttl}`;
}

/**
 * The feedback that receivers may send, and the stream in which lost packets are sent again. Strictly, they need the profile
 * RTP/AVPF. With RTP/AVP they are only an offer for RTSP clients, which choose the profile.
 */
function retransmission(payloadType: number, again: number): string[] {
  return [
    `a=rtcp-fb:${payloadType} nack`,
    `a=rtcp-fb:${payloadType} nack pli`,
    `a=rtcp-fb:${payloadType} ccm fir`,
    `a=rtpmap:${again} rtx/${VIDEO_CLOCK_RATE}`,
    `a=fmtp:${again} apt=${payloadType};rtx-time=${HISTORY_MS}`,
  ];
}

function parametersH264(sets: ParameterSetList): string[] {
  const [sps] = sets.sps;
  return [
    "packetization-mode=1",
    ...(sps === undefined ? [] : [`profile-level-id=${profileLevelIdH264(sps)}`]),
    `sprop-parameter-sets=${base64([...sets.sps, ...sets.pps])}`,
  ];
}

function parametersH265(sets: ParameterSetList): string[] {
  const [sps] = sets.sps;
  const profile = sps === undefined ? undefined : profileTierLevelH265(sps);
  return [
    ...(profile === undefined ? [] : [
      `profile-space=${profile.profileSpace}`,
      `profile-id=${profile.profileId}`,
      `tier-flag=${profile.tierFlag}`,
      `level-id=${profile.levelId}`,
      `profile-compatibility-indicator=${profile.profileCompatibilityIndicator}`,
      `interop-constraints=${profile.interopConstraints}`,
    ]),
    `sprop-vps=${base64(sets.vps)}`,
    `sprop-sps=${base64(sets.sps)}`,
    `sprop-pps=${base64(sets.pps)}`,
  ];
}

function base64(nalUnits: readonly Uint8Array[]): string {
  return nalUnits.map((nal) => Buffer.from(nal).toString("base64")).join(",");
}

/** RFC 8866, 6.13: an integer, or a decimal fraction if needed. */
function decimal(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
