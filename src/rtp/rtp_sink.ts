import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import { NalUnits } from "../bitstream/nal_units.ts";
import { ParameterSets } from "../bitstream/parameter_sets.ts";
import { StreamerError } from "../errors.ts";
import type { DatagramSender } from "./datagram_sender.ts";
import { formatEndpoint, type ResolvedEndpoint } from "./endpoint.ts";
import { randomStreamIdentity, type StreamIdentity } from "./identity.ts";
import { PacketArena } from "./packet_arena.ts";
import { DEFAULT_PAYLOAD_TYPE, type Packetizer } from "./packetizer.ts";
import { PacketizerH264 } from "./packetizer_h264.ts";
import { PacketizerH265 } from "./packetizer_h265.ts";
import { type ReceiverCondition, ReceiverState } from "./receiver_state.ts";
import { RtcpSender } from "./rtcp_sender.ts";
import { RtpClock } from "./rtp_clock.ts";
import { RTP_HEADER_BYTES } from "./rtp_packet.ts";
import { describeSession } from "./sdp.ts";

/** What an RTP stream is made of and whom it tells what. */
export interface RtpSinkOptions {
  /** What the access units are coded in. */
  readonly codec: Codec;
  /** Where RTP goes; RTCP goes to the next port. */
  readonly receiver: ResolvedEndpoint;
  /** 96 to 127; {@linkcode DEFAULT_PAYLOAD_TYPE}, unless given. */
  readonly payloadType?: number;
  /** Largest RTP packet in bytes; {@linkcode DEFAULT_MTU}, unless given. */
  readonly mtu?: number;
  /** Frames a second for the session description, where known; asked for with every key frame. */
  readonly frameRate?: () => number | undefined;
  /** Random, unless given. */
  readonly identity?: StreamIdentity;
  /** Is given the session description when it is first known, and again when it changes. */
  readonly onDescription?: (sdp: string) => void;
  /** Is told once per change whether the receiver takes what is sent. */
  readonly onReceiverChange?: (condition: ReceiverCondition) => void;
}

/** What an RTP stream has sent so far. */
export interface RtpSinkStatistics {
  /** {@linkcode RtpSink.name}. */
  readonly name: string;
  /** Access units written, refused ones left out. */
  readonly accessUnits: number;
  /** RTP packets that the system took. */
  readonly packets: number;
  /** Their bytes, RTP headers included. */
  readonly bytes: number;
  /** Packets that the system did not take, and access units too large for RTP or without NAL units. */
  readonly dropped: number;
  /** Errors met in sending, the receiver's ICMP answers included. */
  readonly sendErrors: number;
  /** RTCP sender reports sent. */
  readonly senderReports: number;
  /** Whether the receiver takes what is sent. */
  readonly receiver: ReceiverCondition;
  /** Whether `receiver` is `open`. */
  readonly healthy: boolean;
}

/**
 * Publishes access units over RTP to one receiver: each is cut into packets and sent in one burst
 * before {@linkcode RtpSink.write} returns. Nothing that the network does stops it.
 */
export class RtpSink implements AsyncDisposable {
  /** For people, for example `rtp 127.0.0.1:5004`. */
  readonly name: string;
  readonly #options: RtpSinkOptions;
  readonly #rtp: DatagramSender;
  readonly #rtcp: DatagramSender;
  readonly #clock: RtpClock;
  readonly #packetizer: Packetizer;
  readonly #reports: RtcpSender;
  readonly #receiver: ReceiverState;
  readonly #parameterSets: ParameterSets;
  readonly #units = new NalUnits();
  readonly #arena = new PacketArena();
  // Unique among sessions, and grows with time (RFC 8866, 5.2).
  readonly #sessionId = Date.now();
  #sessionVersion = 1;
  #frameRate: number | undefined;
  #newest = { captureUnixUs: 0, rtpTimestamp: 0 };
  #accessUnits = 0;
  #packets = 0;
  #bytes = 0;
  #dropped = 0;
  #sendErrors = 0;
  #closed = false;

  /**
   * Begins a stream; nothing is sent before the first access unit.
   *
   * @param options What to send and whom to tell.
   * @param rtp Sends to the receiver's port; it becomes the sink's.
   * @param rtcp Sends to the port after it; it becomes the sink's.
   * @throws {RtpError} If an option is out of range.
   */
  constructor(options: RtpSinkOptions, rtp: DatagramSender, rtcp: DatagramSender) {
    const { codec, receiver, payloadType = DEFAULT_PAYLOAD_TYPE, mtu } = options;
    const { ssrc, sequenceNumber, timestampOffset } = options.identity ?? randomStreamIdentity();
    const host = receiver.address;
    this.name = `rtp ${formatEndpoint({ host, port: receiver.port })}`;
    this.#options = options;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#clock = new RtpClock(timestampOffset);
    const identity = { payloadType, ssrc, sequenceNumber, ...(mtu === undefined ? {} : { mtu }) };
    this.#packetizer = codec === "h264"
      ? new PacketizerH264(identity)
      : new PacketizerH265(identity);
    this.#parameterSets = new ParameterSets(codec);
    this.#receiver = new ReceiverState((condition) => options.onReceiverChange?.(condition));
    // No user or host name: a stream need not say who made it (RFC 7022, 4.2).
    const cname = crypto.randomUUID();
    this.#reports = new RtcpSender(rtcp, ssrc, cname, () => ({
      ...this.#newest,
      packets: this.#packets,
      payloadBytes: this.#bytes - RTP_HEADER_BYTES * this.#packets,
    }));
  }

  /**
   * Sends an access unit. Never waits and never throws for what the network does; a closed sink
   * ignores it.
   */
  write(unit: AccessUnit): void {
    if (this.#closed) return;
    this.#units.scan(unit.data);
    this.#describe(this.#parameterSets.observe(this.#units), unit.keyFrame);
    const timestamp = this.#clock.timestamp(unit.ptsUs);
    if (!this.#packetize(timestamp)) {
      this.#dropped += 1;
      return;
    }
    const outcome = this.#rtp.send(this.#arena);
    this.#accessUnits += 1;
    this.#packets += outcome.sent;
    this.#bytes += this.#firstBytes(outcome.sent);
    this.#dropped += outcome.dropped;
    this.#sendErrors += outcome.errors;
    this.#newest = { captureUnixUs: unit.captureUnixUs, rtpTimestamp: timestamp };
    this.#receiver.observe(outcome, performance.now());
    this.#reports.start();
  }

  /** What has been sent so far. */
  stats(): RtpSinkStatistics {
    return {
      name: this.name,
      accessUnits: this.#accessUnits,
      packets: this.#packets,
      bytes: this.#bytes,
      dropped: this.#dropped,
      sendErrors: this.#sendErrors,
      senderReports: this.#reports.reports,
      receiver: this.#receiver.condition,
      healthy: this.#receiver.condition === "open",
    };
  }

  /** Says BYE to the receiver and closes the sockets; a second time does nothing. */
  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#reports[Symbol.dispose]();
      this.#rtp[Symbol.dispose]();
      this.#rtcp[Symbol.dispose]();
    }
    return Promise.resolve();
  }

  #packetize(timestamp: number): boolean {
    try {
      this.#packetizer.packetize(this.#units, timestamp, this.#arena);
      return this.#arena.count > 0;
    } catch (error) {
      if (error instanceof StreamerError) return false;
      throw error;
    }
  }

  /** Bytes of the first packets; which ones were dropped, the system does not tell. */
  #firstBytes(packets: number): number {
    if (packets === this.#arena.count) return this.#arena.byteLength;
    return packets === 0 ? 0 : this.#arena.offsets[packets]!;
  }

  /** Tells the session description if something in it is new. */
  #describe(newSets: boolean, keyFrame: boolean): void {
    const { onDescription, receiver, payloadType = DEFAULT_PAYLOAD_TYPE } = this.#options;
    const frameRate = keyFrame ? this.#options.frameRate?.() : this.#frameRate;
    if (onDescription === undefined || !this.#parameterSets.complete) return;
    if (!newSets && frameRate === this.#frameRate) return;
    this.#frameRate = frameRate;
    const session = {
      receiver,
      payloadType,
      parameterSets: this.#parameterSets,
      sessionName: "cvmmap-streamer",
      sessionId: this.#sessionId,
      sessionVersion: this.#sessionVersion,
      ...(frameRate === undefined ? {} : { frameRate }),
    };
    try {
      onDescription(describeSession(session));
      this.#sessionVersion += 1;
    } catch (error) {
      // An SPS that is cut short: the receiver's decoder will find it in the stream.
      if (!(error instanceof StreamerError)) throw error;
    }
  }
}
