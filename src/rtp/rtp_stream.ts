import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import { StreamerError } from "../errors.ts";
import {
  extensionBytes,
  extensionOf,
  type HeaderExtension,
  writeExtension,
} from "./header_extension.ts";

import { PacketArena } from "./packet_arena.ts";
import { DEFAULT_PAYLOAD_TYPE, MAX_PAYLOAD_TYPE, type Packetizer } from "./packetizer.ts";
import { PacketizerH264 } from "./packetizer_h264.ts";
import { PacketizerH265 } from "./packetizer_h265.ts";
import { PacketHistory } from "./packet_history.ts";
import type { RetransmissionIdentity } from "./retransmitter.ts";
import { RtpClock } from "./rtp_clock.ts";
import { describeSession, type SessionDescription } from "./sdp.ts";

/** The values of a stream that must be unpredictable: RFC 3550, 5.1 (sequence number, timestamp) and 8 (SSRC). */
export interface StreamIdentity {
  /** Synchronization source, u32. */
  readonly ssrc: number;
  /** Sequence number of the first packet, u16. */
  readonly sequenceNumber: number;
  /** RTP timestamp of media time 0, u32. */
  readonly timestampOffset: number;
}

/** Generates an identity from the system's cryptographic random source. */
export function randomStreamIdentity(): StreamIdentity {
  const [ssrc, sequenceNumber, timestampOffset] = crypto.getRandomValues(new Uint32Array(3));
  return {
    ssrc: ssrc!,
    sequenceNumber: sequenceNumber! & 0xffff,
    timestampOffset: timestampOffset!,
  };
}

/** The part of a session description that is not the same for all receivers of a stream. */
export type ReceiverDescription = Omit<
  SessionDescription,
  "payloadType" | "sessionName" | "headerExtension" | "retransmissionPayloadType"
>;

/** Options of an {@linkcode RtpStream}. */
export interface RtpStreamOptions {
  /** Codec of the access units. */
  readonly codec: Codec;
  /**
   * Dynamic payload type: 96 to 127.
   *
   * @default 96
   */
  readonly payloadType?: number;
  /**
   * Maximum size of an RTP packet in bytes.
   *
   * @default 1400
   */
  readonly mtu?: number;
  /**
   * SSRC, first sequence number and timestamp offset.
   *
   * @default random
   */
  readonly identity?: StreamIdentity;
  /** Header extension of every packet; by default, packets have none. */
  readonly headerExtension?: HeaderExtension;
}

/** An RTP stream. It packetizes each access unit once, for any number of sinks that send it. */
export class RtpStream {
  /** Synchronization source, u32. */
  readonly ssrc: number;
  /** Canonical name for RTCP. It is random, so that it reveals no user or host name (RFC 7022, 4.2). */
  readonly cname: string = crypto.randomUUID();
  readonly #payloadType: number;
  readonly #clock: RtpClock;
  readonly #packetizer: Packetizer;
  readonly #extension: HeaderExtension | undefined;
  readonly #arena = new PacketArena();
  /** Identity of the stream in which lost packets are sent again. */
  readonly retransmission: RetransmissionIdentity;
  #history: PacketHistory | undefined;
  #newest = { captureUnixUs: 0, rtpTimestamp: 0 };
  #unit: AccessUnit | undefined;
  /** Whether `#unit` gave packets. */
  #hasPackets = false;

  /**
   * Creates a stream.
   *
   * @throws {RtpError} If an option is out of range.
   */
  constructor(options: RtpStreamOptions) {
    const { codec, payloadType = DEFAULT_PAYLOAD_TYPE, mtu, headerExtension } = options;
    const { ssrc, sequenceNumber, timestampOffset } = options.identity ?? randomStreamIdentity();
    const numbers = {
      payloadType,
      ssrc,
      sequenceNumber,
      ...(mtu === undefined ? {} : { mtu }),
      ...(headerExtension && { extensionBytes: extensionBytes(headerExtension) }),
    };
    this.#extension = headerExtension;
    this.ssrc = ssrc;
    this.#payloadType = payloadType;
    this.retransmission = {
      payloadType: payloadType === MAX_PAYLOAD_TYPE ? payloadType - 1 : payloadType + 1,
      ssrc: otherSsrc(ssrc),
    };
    this.#clock = new RtpClock(timestampOffset);
    this.#packetizer = codec === "h264" ? new PacketizerH264(numbers) : new PacketizerH265(numbers);
  }

  /** Returns the packets of the last second. They are kept from the first call on: most receivers never ask for them. */
  keepHistory(): PacketHistory {
    return this.#history ??= new PacketHistory();
  }

  /** Whether an access unit has been packetized. */
  get hasBegun(): boolean {
    return this.#unit !== undefined;
  }

  /** Number of bytes before the payload of each packet: the header and its extension. */
  get headerBytes(): number {
    return this.#packetizer.packetHeaderBytes;
  }

  /** Sequence number of the next packet, u16. */
  get nextSequenceNumber(): number {
    return this.#packetizer.sequenceNumber;
  }

  /** The packets of the newest access unit. They are valid until the next one is packetized. */
  get packets(): PacketArena {
    return this.#arena;
  }

  /** Capture time of the newest access unit on both clocks. */
  get newest(): { readonly captureUnixUs: number; readonly rtpTimestamp: number } {
    return this.#newest;
  }

  /**
   * Packetizes an access unit, unless it is the one that was packetized last.
   *
   * @returns Whether it gave packets. An access unit that is too large or has no NAL unit gives none; the stream can
   * continue.
   */
  packetize(unit: AccessUnit): boolean {
    if (unit === this.#unit) return this.#hasPackets;
    this.#unit = unit;
    this.#hasPackets = false;
    this.#hasPackets = this.#packetize(unit);
    return this.#hasPackets;
  }

  /**
   * Returns the session description (SDP) for one receiver.
   *
   * @param resends Whether the receiver may ask for lost packets.
   */
  describe(session: ReceiverDescription, resends = false): string {
    return describeSession({
      ...session,
      payloadType: this.#payloadType,
      sessionName: "cvmmap-streamer",
      ...(resends && { retransmissionPayloadType: this.retransmission.payloadType }),
      ...(this.#extension && { headerExtension: this.#extension }),
    });
  }

  #packetize(unit: AccessUnit): boolean {
    const { nalUnits, ptsUs, captureUnixUs } = unit;
    // This may throw, so it precedes the packetizer, which uses up sequence numbers.
    const extension = this.#extension && extensionOf(this.#extension, unit);
    const rtpTimestamp = this.#clock.timestamp(ptsUs);
    try {
      this.#packetizer.packetize(nalUnits, rtpTimestamp, this.#arena);
    } catch (error) {
      if (error instanceof StreamerError) return false;
      throw error;
    }
    if (this.#arena.count === 0) return false;
    if (extension !== undefined) writeExtension(extension, this.#arena);
    this.#history?.add(this.#arena, performance.now());
    this.#newest = { captureUnixUs, rtpTimestamp };
    return true;
  }
}

/** Returns a random SSRC other than this one. */
function otherSsrc(ssrc: number): number {
  const [other = 0] = crypto.getRandomValues(new Uint32Array(1));
  return other === ssrc ? (other + 1) >>> 0 : other;
}
