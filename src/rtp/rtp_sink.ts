import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import type { NalIndex } from "../bitstream/nal_units.ts";
import { StreamerError } from "../errors.ts";
import type { DatagramSender } from "../../ffi/datagram_sender.ts";
import { formatEndpoint, type ResolvedEndpoint } from "./endpoint.ts";
import { randomStreamIdentity, type StreamIdentity } from "./identity.ts";
import { PacketArena } from "./packet_arena.ts";
import { DEFAULT_PAYLOAD_TYPE, type Packetizer } from "./packetizer.ts";
import { PacketizerH264 } from "./packetizer_h264.ts";
import { PacketizerH265 } from "./packetizer_h265.ts";
import { type ReceiverCondition, ReceiverState } from "./receiver_state.ts";
import { KeyFrameRequests } from "./key_frame_requests.ts";
import { type ReceiverReport, ReceiverReports } from "./receiver_reports.ts";
import { parseRtcpPackets, type RtcpPacket } from "./rtcp_parse.ts";
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
  /** Random, unless given. */
  readonly identity?: StreamIdentity;
  /** Is given the session description when it is first known, and again when it changes. */
  readonly onDescription?: (sdp: string) => void;
  /** Is told once per change whether the receiver takes what is sent. */
  readonly onReceiverChange?: (condition: ReceiverCondition) => void;
  /** Is told when a receiver reports that it loses much, and when it no longer does. */
  readonly onReportTurn?: (isBad: boolean, report: ReceiverReport) => void;
  /** Asks the encoder for a key frame on a receiver's behalf, at most once in 200 ms. */
  readonly requestKeyFrame?: () => void;
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
  /** Receivers' reports on this stream that came. */
  readonly receiverReports: number;
  /** The newest of them. */
  readonly newestReport: ReceiverReport | undefined;
  /** Wishes for a key frame that came (PLI, FIR). */
  readonly keyFrameRequests: number;
  /** RTCP packets that came and could not be read. */
  readonly unreadable: number;
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
  readonly #options: RtpSinkOptions;
  readonly #ssrc: number;
  readonly #receiverReports: ReceiverReports;
  readonly #keyFrameRequests: KeyFrameRequests;
  #endpoint: ResolvedEndpoint;
  #rtp: DatagramSender;
  #rtcp: DatagramSender;
  readonly #clock: RtpClock;
  readonly #packetizer: Packetizer;
  readonly #reports: RtcpSender;
  readonly #receiver: ReceiverState;
  readonly #arena = new PacketArena();
  // Unique among sessions, and grows with time (RFC 8866, 5.2).
  readonly #sessionId = Date.now();
  #sessionVersion = 1;
  #described: CodedFormat | undefined;
  #newest = { captureUnixUs: 0, rtpTimestamp: 0 };
  #accessUnits = 0;
  #packets = 0;
  #bytes = 0;
  #dropped = 0;
  #sendErrors = 0;
  #unreadable = 0;
  readonly #resources = new AsyncDisposableStack();
  #hasMoved = false;
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
    this.#ssrc = ssrc;
    this.#endpoint = receiver;
    this.#receiverReports = new ReceiverReports(
      sequenceNumber,
      (isBad, report) => options.onReportTurn?.(isBad, report),
    );
    this.#keyFrameRequests = new KeyFrameRequests(() => options.requestKeyFrame?.());
    this.#options = options;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#clock = new RtpClock(timestampOffset);
    const identity = { payloadType, ssrc, sequenceNumber, ...(mtu === undefined ? {} : { mtu }) };
    this.#packetizer = codec === "h264"
      ? new PacketizerH264(identity)
      : new PacketizerH265(identity);
    this.#receiver = new ReceiverState((condition) => options.onReceiverChange?.(condition));
    // No user or host name: a stream need not say who made it (RFC 7022, 4.2).
    const cname = crypto.randomUUID();
    this.#reports = new RtcpSender(rtcp, ssrc, cname, () => ({
      ...this.#newest,
      packets: this.#packets,
      payloadBytes: this.#bytes - RTP_HEADER_BYTES * this.#packets,
    }));
  }

  /** For people, for example `rtp 127.0.0.1:5004`. */
  get name(): string {
    const { address: host, port } = this.#endpoint;
    return `rtp ${formatEndpoint({ host, port })}`;
  }

  /** Port of ours where receivers' RTCP comes in, where that is known. */
  get rtcpPort(): number | undefined {
    return this.#rtcp.localPort;
  }

  /** Something that is disposed of when the sink is. */
  own(resource: AsyncDisposable): void {
    this.#resources.use(resource);
  }

  /** Sends elsewhere from now on: the receiver has moved. The old senders are disposed of; a closed sink's new ones. */
  redirect(receiver: ResolvedEndpoint, rtp: DatagramSender, rtcp: DatagramSender): void {
    if (this.#closed) {
      rtp[Symbol.dispose]();
      rtcp[Symbol.dispose]();
      return;
    }
    this.#rtp[Symbol.dispose]();
    this.#rtcp[Symbol.dispose]();
    [this.#endpoint, this.#rtp, this.#rtcp] = [receiver, rtp, rtcp];
    this.#reports.redirect(rtcp);
    this.#hasMoved = true;
  }

  /**
   * Reads what a receiver answers by RTCP: reports on this stream, and wishes for key frames. What cannot be
   * read is counted.
   */
  receive(packet: Uint8Array, arrivedUnixUs: number): void {
    try {
      for (const part of parseRtcpPackets(packet)) this.#hear(part, arrivedUnixUs);
    } catch (error) {
      if (!(error instanceof StreamerError)) throw error;
      this.#unreadable++;
    }
  }

  /**
   * Sends an access unit. Never waits and never throws for what the network does; a closed sink
   * ignores it.
   */
  write(unit: AccessUnit): void {
    if (this.#closed) return;
    if (unit.format !== this.#described || this.#hasMoved) this.#describe(unit.format);
    const timestamp = this.#clock.timestamp(unit.ptsUs);
    if (!this.#packetize(unit.nalUnits, timestamp)) {
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
      receiverReports: this.#receiverReports.count,
      newestReport: this.#receiverReports.newest,
      keyFrameRequests: this.#keyFrameRequests.count,
      unreadable: this.#unreadable,
      receiver: this.#receiver.condition,
      healthy: this.#receiver.condition === "open",
    };
  }

  /** Says BYE to the receiver and closes the sockets; a second time does nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#keyFrameRequests[Symbol.dispose]();
    this.#reports[Symbol.dispose]();
    this.#rtp[Symbol.dispose]();
    this.#rtcp[Symbol.dispose]();
    await this.#resources.disposeAsync();
  }

  #hear(part: RtcpPacket, arrivedUnixUs: number): void {
    switch (part.type) {
      case "sender-report":
      case "receiver-report":
        for (const reception of part.receptions) {
          if (reception.ssrc === this.#ssrc) this.#receiverReports.add(reception, arrivedUnixUs);
        }
        break;
      case "key-frame-request":
        for (const request of part.requests) {
          if (request.ssrc === this.#ssrc) this.#keyFrameRequests.add(request);
        }
    }
  }

  #packetize(units: NalIndex, timestamp: number): boolean {
    try {
      this.#packetizer.packetize(units, timestamp, this.#arena);
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

  #describe(format: CodedFormat): void {
    const { onDescription, payloadType = DEFAULT_PAYLOAD_TYPE } = this.#options;
    this.#described = format;
    this.#hasMoved = false;
    onDescription?.(describeSession({
      receiver: this.#endpoint,
      payloadType,
      format,
      sessionName: "cvmmap-streamer",
      sessionId: this.#sessionId,
      sessionVersion: this.#sessionVersion,
    }));
    this.#sessionVersion += 1;
  }
}
