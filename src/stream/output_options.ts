import {
  DEFAULT_MTU,
  DEFAULT_PAYLOAD_TYPE,
  MAX_MTU,
  MAX_PAYLOAD_TYPE,
  MIN_MTU,
  MIN_PAYLOAD_TYPE,
} from "../rtp/packetizer.ts";
import { DEFAULT_RTMP_TIMEOUT_MS } from "../rtmp/rtmp_timeout.ts";
import { MAX_RTP_PORT } from "../rtp/endpoint.ts";
import type { VideoMode } from "../rtmp/video_formats.ts";
import { QUEUE_AGE_MS, STREAM_NUMBERS } from "./options.ts";

/** What RTP packets are like. */
export interface RtpPacketOptions {
  /**
   * Dynamic payload type: 96 to 127.
   *
   * @default 96
   */
  readonly payloadType?: number;
  /**
   * Largest RTP packet in bytes, without UDP and IP headers: 256 to 65507.
   *
   * @default 1400
   */
  readonly mtu?: number;
}

/** Where RTP goes. Only `endpoint` must be given. */
export interface RtpReceiverOptions {
  /** `HOST:PORT`, or `[ADDRESS]:PORT` for IPv6; the port is 1 to 65534, and RTCP goes to the next one. */
  readonly endpoint: string;
  /**
   * Port of ours that RTP comes from; RTCP comes from the next one, which is where receivers' reports and wishes
   * for key frames are taken: 1 to 65534; 0 is any.
   *
   * @default 0
   */
  readonly localPort?: number;
  /**
   * File that is kept up to date with the session description, which receivers open. Links are followed; a FIFO
   * or device is written to.
   */
  readonly sdpPath?: string;
  /** Is given the session description (SDP) when it is first known, and again when it changes. */
  readonly onDescription?: (sdp: string) => void;
}

/** Where RTP goes, and how. Only `endpoint` must be given. */
export interface RtpOptions extends RtpReceiverOptions, RtpPacketOptions {}

/** Several receivers of the same packets. */
export interface RtpToEachOptions extends RtpPacketOptions {
  /** Where RTP goes. */
  readonly receivers: readonly RtpReceiverOptions[];
}

/** Where RTMP goes, and how. Only `url` must be given, and `mode` for H.265. */
export interface RtmpOptions {
  /** `rtmp[s]://[USER:PASSWORD@]HOST[:PORT]/APP[/KEY]`; key and password are never shown. */
  readonly url: string;
  /** Stream key, where it cannot stand in the URL, as one with a `/` in it; all of the URL's path is then the application. */
  readonly key?: string;
  /**
   * Packaging of H.265: Enhanced RTMP's `hvc1`, or FLV codec id 12, which older Chinese servers take; `auto`
   * goes by what the server says that it takes, or else by what it does not end the session for.
   * There is no default for H.265; H.264 has `enhanced` only.
   */
  readonly mode?: VideoMode | "auto";
  /** Whether to connect again, forever, when the server is lost; if not, the stream fails then. Default: true. */
  readonly reconnect?: boolean;
  /**
   * Age in milliseconds at which what waits for a slow server is dropped, up to the next key frame: 50 to
   * 60000; 1000, unless given.
   */
  readonly maxQueueMs?: number;
  /**
   * Longest wait, in milliseconds, for the connection and for each answer of the server: 100 to 600000; 30000,
   * unless given. Each time that it was too short, the next try waits twice as long, up to four times this.
   */
  readonly timeoutMs?: number;
  /**
   * Least bit rate in kbit/s, 1 to 2048000: where the server, or the way to it, does not keep up, pictures are
   * encoded at a lower bit rate, down to this one, and slowly up again to the stream's own.
   *
   * @default The bit rate is left alone; what the server does not take is dropped.
   */
  readonly adaptiveBitrateKbps?: number;
}

/** Ranges and defaults of the numbers in {@linkcode RtpOptions}; the command line has them from here. */
export const RTP_NUMBERS = {
  payloadType: { min: MIN_PAYLOAD_TYPE, max: MAX_PAYLOAD_TYPE, default: DEFAULT_PAYLOAD_TYPE },
  mtu: { min: MIN_MTU, max: MAX_MTU, default: DEFAULT_MTU },
  localPort: { min: 0, max: MAX_RTP_PORT, default: 0 },
} as const;

/** Likewise of {@linkcode RtmpOptions}. */
export const RTMP_NUMBERS = {
  maxQueueMs: QUEUE_AGE_MS,
  timeoutMs: { min: 100, max: 600_000, default: DEFAULT_RTMP_TIMEOUT_MS },
  adaptiveBitrateKbps: STREAM_NUMBERS.bitrateKbps,
} as const;
