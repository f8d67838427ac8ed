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

/** The RTP options. Flags, help, manual and the option types are derived from this table. */
export const RTP_OPTIONS = {
  /** `HOST:PORT`, or `[ADDRESS]:PORT` for IPv6. The port is 1 to 65534; RTCP goes to the next port. */
  endpoint: {
    type: "text",
    flag: "rtp-endpoint",
    placeholder: "HOST:PORT",
    isRepeatable: true,
    help:
      "Receiver to send to, for example 127.0.0.1:5004 or [::1]:5004, or a multicast group such as " +
      "239.1.2.3:5004",
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
   * Whether each packet carries the capture time of its picture (RFC 6051).
   *
   * @default false
   */
  timeExtension: {
    type: "switch",
    flag: "rtp-time-extension",
    default: false,
    isShared: true,
    help:
      "Write the capture time into each packet (header extension ntp-64, RFC 6051), with --rtp and --rtsp",
  },
  /**
   * Whether the receiver may ask for lost packets of the last second (RFC 4588, RFC 4585). The session description then
   * says so.
   *
   * @default false
   */
  retransmission: {
    type: "switch",
    flag: "rtp-retransmission",
    default: false,
    help:
      "Send lost packets again (RTX, RFC 4588) to receivers that ask for them with a generic NACK",
  },
  /**
   * Hops that packets may take to the receivers of a multicast group: 1 to 255. With 1, they stay in the local network.
   *
   * @default 1
   */
  ttl: {
    type: "integer",
    flag: "rtp-ttl",
    placeholder: "HOPS",
    min: 1,
    max: 255,
    help: "Hops that multicast packets may take; default: 1, the local network",
  },
  /**
   * Network interface that multicast packets are sent from: its name, or its IPv4 address.
   *
   * @default chosen by the system
   */
  interface: {
    type: "text",
    flag: "rtp-interface",
    placeholder: "NAME",
    help: "Network interface that multicast packets are sent from: its name, or its IPv4 address",
  },
  /**
   * Local port that RTP is sent from: 1 to 65534, or 0 for any. RTCP uses the next port, which also receives the
   * receivers' reports and key frame requests.
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
   * File for the session description, which receivers open. It is replaced when the description changes. Symbolic
   * links are followed; a FIFO or a device is written to.
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

/** RTP output on the command line. */
export const RTP_OUTPUT = {
  flag: "rtp",
  help: "Publish over RTP (UDP); requires --rtp-endpoint",
  group: "RTP output:",
  options: RTP_OPTIONS,
} as const satisfies OutputKind;

/** Options of the RTP packets. */
export type RtpPacketOptions = Pick<
  OptionValues<typeof RTP_OPTIONS>,
  "payloadType" | "mtu" | "timeExtension"
>;

/** One receiver of an RTP stream. Only `endpoint` is required. */
export type RtpReceiverOptions =
  & Required<Pick<OptionValues<typeof RTP_OPTIONS>, "endpoint">>
  & Pick<
    OptionValues<typeof RTP_OPTIONS>,
    "localPort" | "sdpPath" | "retransmission" | "ttl" | "interface"
  >
  & {
    /** Called with the session description (SDP) when it is first known, and whenever it changes. */
    readonly onDescription?: (sdp: string) => void;
  };

/** Options of `rtp()`. Only `endpoint` is required. */
export type RtpOptions = RtpReceiverOptions & RtpPacketOptions;

/** Options of `rtpToEach()`: several receivers of the same packets. */
export type RtpToEachOptions = RtpPacketOptions & {
  /** The receivers; each gets its own session description. */
  readonly receivers: readonly RtpReceiverOptions[];
};
