import type { DatagramOutlet } from "../../ffi/datagram_sender.ts";
import { StreamerError } from "../errors.ts";
import { type ReceiverReport, ReceiverReports } from "./receiver_reports.ts";
import { Retransmitter } from "./retransmitter.ts";
import { type KeyFrameRequest, parseRtcpPackets, type RtcpPacket } from "./rtcp_parse.ts";
import { RtcpSender } from "./rtcp_sender.ts";
import type { RtpStream } from "./rtp_stream.ts";

/** What one receiver was sent so far. */
export interface SentCounts {
  /** RTP packets. */
  packets: number;
  /** Bytes of these packets, with headers. */
  bytes: number;
}

/** How an {@linkcode RtcpExchange} is connected to its receiver. */
export interface RtcpExchangeOptions {
  /** Sends RTCP; the caller remains its owner. */
  readonly rtcp: DatagramOutlet;
  /** Sends RTP that the receiver has lost, if it may ask for it. */
  readonly resend?: DatagramOutlet | undefined;
  /** Returns what the receiver was sent. */
  readonly sent: () => Readonly<SentCounts>;
  /** Called with each key frame request. */
  readonly onKeyFrameRequest: (request: KeyFrameRequest) => void;
  /** Called when the loss that the receiver reports becomes high, and when it is normal again. */
  readonly onReportTurn?: ((isBad: boolean, report: ReceiverReport) => void) | undefined;
}

/** RTCP with one receiver of a stream: sends reports and a BYE, and handles the receiver's reports and feedback. */
export class RtcpExchange implements Disposable {
  readonly #stream: RtpStream;
  readonly #options: RtcpExchangeOptions;
  readonly #sender: RtcpSender;
  readonly #reports: ReceiverReports;
  /** Created when the receiver asks: most receivers never do. */
  #retransmitter: Retransmitter | undefined;
  #unreadable = 0;

  /** Sends nothing before {@linkcode start}. */
  constructor(stream: RtpStream, options: RtcpExchangeOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#reports = new ReceiverReports(
      stream.hasBegun ? undefined : stream.nextSequenceNumber,
      (isBad, report) => options.onReportTurn?.(isBad, report),
    );
    this.#sender = new RtcpSender(options.rtcp, stream.ssrc, stream.cname, () => {
      const { packets, bytes } = options.sent();
      return { ...stream.newest, packets, payloadBytes: bytes - stream.headerBytes * packets };
    });
  }

  /** Sender reports sent. */
  get senderReports(): number {
    return this.#sender.reports;
  }

  /** Reception reports received. */
  get receiverReports(): number {
    return this.#reports.count;
  }

  /** The newest reception report. */
  get newestReport(): ReceiverReport | undefined {
    return this.#reports.newest;
  }

  /** Packets sent again. */
  get resent(): number {
    return this.#retransmitter?.packets ?? 0;
  }

  /** Malformed packets received. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** Sends the first report, which starts the others. Later calls do nothing. */
  start(): void {
    this.#sender.start();
  }

  /** Sends through another sender from now on. */
  redirect(rtcp: DatagramOutlet): void {
    this.#sender.redirect(rtcp);
  }

  /**
   * Handles a datagram from the receiver. Malformed ones are counted.
   *
   * @param arrivedUnixUs Time of arrival: Unix time in microseconds.
   */
  receive(packet: Uint8Array, arrivedUnixUs: number): void {
    try {
      for (const part of parseRtcpPackets(packet)) this.#handle(part, arrivedUnixUs);
    } catch (error) {
      if (!(error instanceof StreamerError)) throw error;
      this.#unreadable++;
    }
  }

  /** Sends a last report with a BYE, if {@linkcode start} was called. */
  [Symbol.dispose](): void {
    this.#sender[Symbol.dispose]();
  }

  #handle(part: RtcpPacket, arrivedUnixUs: number): void {
    const { ssrc } = this.#stream;
    switch (part.type) {
      case "sender-report":
      case "receiver-report":
        for (const reception of part.receptions) {
          if (reception.ssrc === ssrc) this.#reports.add(reception, arrivedUnixUs);
        }
        break;
      case "key-frame-request":
        for (const request of part.requests) {
          if (request.ssrc === ssrc) this.#options.onKeyFrameRequest(request);
        }
        break;
      case "nack": {
        const { resend } = this.#options;
        if (resend === undefined || part.ssrc !== ssrc) break;
        const history = this.#stream.keepHistory();
        this.#retransmitter ??= new Retransmitter(this.#stream.retransmission);
        this.#retransmitter.send(part.sequenceNumbers, history, resend, performance.now());
      }
    }
  }
}
