import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import { StreamerError } from "../errors.ts";
import {
  extensionBytes,
  extensionOf,
  type HeaderExtension,
  writeExtension,
} from "./header_extension.ts";
import { randomStreamIdentity, type StreamIdentity } from "./identity.ts";
import { PacketArena } from "./packet_arena.ts";
import { DEFAULT_PAYLOAD_TYPE, type Packetizer } from "./packetizer.ts";
import { PacketizerH264 } from "./packetizer_h264.ts";
import { PacketizerH265 } from "./packetizer_h265.ts";
import { RtpClock } from "./rtp_clock.ts";
import { describeSession, type SessionDescription } from "./sdp.ts";

/** What the packets of an RTP stream are like. */
export interface RtpStreamOptions {
  /** What the access units are coded in. */
  readonly codec: Codec;
  /**
   * 96 to 127.
   *
   * @default 96
   */
  readonly payloadType?: number;
  /**
   * Largest RTP packet in bytes.
   *
   * @default 1400
   */
  readonly mtu?: number;
  /** Random by default. */
  readonly identity?: StreamIdentity;
  /** What every packet has in its header extension; without it, there is none. */
  readonly headerExtension?: HeaderExtension;
}

/** One RTP stream: the packets of each access unit, made once, for whoever sends them. */
export class RtpStream {
  /** Synchronization source, u32. */
  readonly ssrc: number;
  /** Canonical name for RTCP. No user or host name: a stream need not say who made it (RFC 7022, 4.2). */
  readonly cname: string = crypto.randomUUID();
  readonly #payloadType: number;
  readonly #clock: RtpClock;
  readonly #packetizer: Packetizer;
  readonly #extension: HeaderExtension | undefined;
  readonly #arena = new PacketArena();
  #newest = { captureUnixUs: 0, rtpTimestamp: 0 };
  #unit: AccessUnit | undefined;
  #isMade = false;

  /**
   * Begins a stream.
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
    this.#clock = new RtpClock(timestampOffset);
    this.#packetizer = codec === "h264" ? new PacketizerH264(numbers) : new PacketizerH265(numbers);
  }

  /** Whether packets have been made. */
  get hasBegun(): boolean {
    return this.#unit !== undefined;
  }

  /** Bytes of each packet before its payload: the header with its extension. */
  get headerBytes(): number {
    return this.#packetizer.packetHeaderBytes;
  }

  /** Sequence number of the next packet, u16. */
  get nextSequenceNumber(): number {
    return this.#packetizer.sequenceNumber;
  }

  /** The packets of the newest access unit, until the next is packetized. */
  get packets(): PacketArena {
    return this.#arena;
  }

  /** One moment on both clocks: when the newest access unit was captured. */
  get newest(): { readonly captureUnixUs: number; readonly rtpTimestamp: number } {
    return this.#newest;
  }

  /**
   * Makes the packets of an access unit, unless the newest are of this very unit.
   *
   * @returns Whether there are any: not where it is too large, or has no NAL unit. The stream may go on.
   */
  packetize(unit: AccessUnit): boolean {
    if (unit === this.#unit) return this.#isMade;
    this.#unit = unit;
    this.#isMade = false;
    this.#isMade = this.#make(unit);
    return this.#isMade;
  }

  /** Describes the stream for one receiver (SDP). */
  describe(
    session: Omit<SessionDescription, "payloadType" | "sessionName" | "headerExtension">,
  ): string {
    const payloadType = this.#payloadType;
    return describeSession({
      ...session,
      payloadType,
      sessionName: "cvmmap-streamer",
      ...(this.#extension && { headerExtension: this.#extension }),
    });
  }

  #make(unit: AccessUnit): boolean {
    const { nalUnits, ptsUs, captureUnixUs } = unit;
    // Before any packet has a number.
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
    this.#newest = { captureUnixUs, rtpTimestamp };
    return true;
  }
}
