import type { OptionValues, OutputKind } from "../option_table.ts";
import { MAX_RTP_PORT } from "./endpoint.ts";
import {
  DEFAULT_MTU,
  DEFAULT_PAYLOAD_TYPE,
  MAX_MTU,
  MAX_PAYLOAD_TYPE,
  MIN_MTU,
  MIN_PAYLOAD_TYPE,
} from "./packetizer.ts";

/** The options of RTP. Flags, help, manual and the types of the module are made from it. */
export const RTP_OPTIONS = {
  /** `HOST:PORT`, or `[ADDRESS]:PORT` for IPv6; the port is 1 to 65534, and RTCP goes to the next one. */
  endpoint: {
    type: "text",
    flag: "rtp-endpoint",
    placeholder: "HOST:PORT",
    isRepeatable: true,
    help: "Receiver to send to, for example 127.0.0.1:5004 or [::1]:5004",
  },
  /**
   * Dynamic payload type: 96 to 127.
   *
   * @default 96
   */
  payloadType: {
    type: "integer",
    flag: "rtp-payload-type",
    placeholder: "PT",
    min: MIN_PAYLOAD_TYPE,
    max: MAX_PAYLOAD_TYPE,
    default: DEFAULT_PAYLOAD_TYPE,
    help: "Dynamic payload type of the packets",
  },
  /**
   * Largest RTP packet in bytes, without UDP and IP headers: 256 to 65507.
   *
   * @default 1400
   */
  mtu: {
    type: "integer",
    flag: "rtp-mtu",
    placeholder: "BYTES",
    unit: "bytes",
    min: MIN_MTU,
    max: MAX_MTU,
    default: DEFAULT_MTU,
    help: "Maximum size of an RTP packet in bytes, without UDP and IP headers",
  },
  /**
   * Port of ours that RTP comes from; RTCP comes from the next one, which is where receivers' reports and wishes
   * for key frames are taken: 1 to 65534; 0 is any.
   *
   * @default 0
   */
  localPort: {
    type: "integer",
    flag: "rtp-local-port",
    placeholder: "PORT",
    min: 0,
    max: MAX_RTP_PORT,
    default: 0,
    help:
      "Local port to send from; 0 for any. RTCP from the receiver arrives on the next port. Each " +
      "further receiver uses the next two ports",
  },
  /**
   * File that is kept up to date with the session description, which receivers open. Links are followed; a FIFO
   * or device is written to.
   */
  sdpPath: {
    type: "text",
    flag: "rtp-sdp",
    placeholder: "PATH",
    completion: "file",
    isRepeatable: true,
    help:
      "File for the session description (SDP); - for stdout, which is the default. With several " +
      "receivers, must be given once for each",
  },
} as const;

/** RTP as the command line knows it. */
export const RTP_OUTPUT = {
  flag: "rtp",
  help: "Publish over RTP (UDP); requires --rtp-endpoint",
  group: "RTP output:",
  options: RTP_OPTIONS,
} as const satisfies OutputKind;

/** What RTP packets are like. */
export type RtpPacketOptions = Pick<OptionValues<typeof RTP_OPTIONS>, "payloadType" | "mtu">;

/** Where RTP goes. Only `endpoint` must be given. */
export type RtpReceiverOptions =
  & Required<Pick<OptionValues<typeof RTP_OPTIONS>, "endpoint">>
  & Pick<OptionValues<typeof RTP_OPTIONS>, "localPort" | "sdpPath">
  & {
    /** Is given the session description (SDP) when it is first known, and again when it changes. */
    readonly onDescription?: (sdp: string) => void;
  };

/** Where RTP goes, and how. Only `endpoint` must be given. */
export type RtpOptions = RtpReceiverOptions & RtpPacketOptions;

/** Several receivers of the same packets. */
export type RtpToEachOptions = RtpPacketOptions & {
  /** Where RTP goes. */
  readonly receivers: readonly RtpReceiverOptions[];
};
