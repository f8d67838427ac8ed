import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import { StreamerError } from "../errors.ts";
import type { DatagramSender } from "../../ffi/datagram_sender.ts";
import { formatEndpoint, type ResolvedEndpoint } from "./endpoint.ts";
import { type ReceiverCondition, ReceiverState } from "./receiver_state.ts";
import { KeyFrameRequests } from "./key_frame_requests.ts";
import { type ReceiverReport, ReceiverReports } from "./receiver_reports.ts";
import { parseRtcpPackets, type RtcpPacket } from "./rtcp_parse.ts";
import { RtcpSender } from "./rtcp_sender.ts";
import { RtpStream, type RtpStreamOptions } from "./rtp_stream.ts";

/** What an RTP stream is made of and whom it tells what. */
export interface RtpSinkOptions extends RtpStreamOptions {
  /**
   * The stream to send, where several sinks send the same: its packets are made once. `codec`, `payloadType`, `mtu`
   * and `identity` are ignored then.
   */
  readonly stream?: RtpStream;
  /** Where RTP goes; RTCP goes to the next port. */
  readonly receiver: ResolvedEndpoint;
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
  readonly #stream: RtpStream;
  readonly #receiverReports: ReceiverReports;
  readonly #keyFrameRequests: KeyFrameRequests;
  #endpoint: ResolvedEndpoint;
  #rtp: DatagramSender;
  #rtcp: DatagramSender;
  readonly #reports: RtcpSender;
  readonly #receiver: ReceiverState;
  // Unique among sessions, and grows with time (RFC 8866, 5.2); several begin in one millisecond.
  readonly #sessionId = Date.now() * 1000 + Math.floor(1000 * Math.random());
  #sessionVersion = 1;
  #described: CodedFormat | undefined;
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
    this.#stream = options.stream ?? new RtpStream(options);
    this.#endpoint = options.receiver;
    this.#receiverReports = new ReceiverReports(
      this.#stream.hasBegun ? undefined : this.#stream.nextSequenceNumber,
      (isBad, report) => options.onReportTurn?.(isBad, report),
    );
    this.#keyFrameRequests = new KeyFrameRequests(() => options.requestKeyFrame?.());
    this.#options = options;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#receiver = new ReceiverState((condition) => options.onReceiverChange?.(condition));
    const { ssrc, cname } = this.#stream;
    this.#reports = new RtcpSender(rtcp, ssrc, cname, () => ({
      ...this.#stream.newest,
      packets: this.#packets,
      payloadBytes: this.#bytes - this.#stream.headerBytes * this.#packets,
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
    if (!this.#stream.packetize(unit)) {
      this.#dropped += 1;
      return;
    }
    const outcome = this.#rtp.send(this.#stream.packets);
    this.#accessUnits += 1;
    this.#packets += outcome.sent;
    this.#bytes += this.#firstBytes(outcome.sent);
    this.#dropped += outcome.dropped;
    this.#sendErrors += outcome.errors;
    this.#receiver.observe(outcome, performance.now());
    this.#reports.start();
  }

  /** What has been sent so far. */
  statistics(): RtpSinkStatistics {
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
          if (reception.ssrc === this.#stream.ssrc) {
            this.#receiverReports.add(reception, arrivedUnixUs);
          }
        }
        break;
      case "key-frame-request":
        for (const request of part.requests) {
          if (request.ssrc === this.#stream.ssrc) this.#keyFrameRequests.add(request);
        }
    }
  }

  /** Bytes of the first packets; which ones were dropped, the system does not tell. */
  #firstBytes(packets: number): number {
    const { count, byteLength, offsets } = this.#stream.packets;
    if (packets === count) return byteLength;
    return packets === 0 ? 0 : offsets[packets]!;
  }

  #describe(format: CodedFormat): void {
    const { onDescription } = this.#options;
    this.#described = format;
    this.#hasMoved = false;
    if (onDescription === undefined) return;
    onDescription(this.#stream.describe({
      receiver: this.#endpoint,
      format,
      sessionId: this.#sessionId,
      sessionVersion: this.#sessionVersion,
    }));
    this.#sessionVersion += 1;
  }
}
