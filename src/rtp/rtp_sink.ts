import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import type { DatagramSender } from "../../ffi/datagram_sender.ts";
import { formatEndpoint, isMulticast, type ResolvedEndpoint } from "./endpoint.ts";
import { type ReceiverCondition, ReceiverState } from "./receiver_state.ts";
import { KeyFrameRequests } from "./key_frame_requests.ts";
import type { ReceiverReport } from "./receiver_reports.ts";
import { RtcpExchange } from "./rtcp_exchange.ts";
import { RtpStream, type RtpStreamOptions } from "./rtp_stream.ts";

/** Options of an {@linkcode RtpSink}: the stream, its receiver and callbacks. */
export interface RtpSinkOptions extends RtpStreamOptions {
  /**
   * The stream to send, if several sinks send the same one. The options of {@linkcode RtpStreamOptions} are then
   * ignored.
   *
   * @default a new stream
   */
  readonly stream?: RtpStream;
  /** The endpoint to send RTP to; RTCP goes to the next port. */
  readonly receiver: ResolvedEndpoint;
  /** Hops that packets may take, if the receivers are a multicast group: for the session description. */
  readonly ttl?: number;
  /**
   * Whether the receiver may ask for lost packets of the last second (RFC 4588). The session description then says so.
   *
   * @default false
   */
  readonly resends?: boolean;
  /** Called with the session description when it is first known, and whenever it changes. */
  readonly onDescription?: (sdp: string) => void;
  /** Called when the condition of the receiver changes. */
  readonly onReceiverChange?: (condition: ReceiverCondition) => void;
  /** Called when the loss that the receiver reports becomes high, and when it is normal again. */
  readonly onReportTurn?: (isBad: boolean, report: ReceiverReport) => void;
  /** Requests a key frame from the encoder on the receiver's behalf; called at most once every 200 ms. */
  readonly requestKeyFrame?: () => void;
}

/** Statistics of an {@linkcode RtpSink} since its creation. */
export interface RtpSinkStatistics {
  /** {@linkcode RtpSink.name}. */
  readonly name: string;
  /** Access units sent, without those that gave no packets. */
  readonly accessUnits: number;
  /** RTP packets that the system accepted. */
  readonly packets: number;
  /** Bytes in those packets, with RTP headers. */
  readonly bytes: number;
  /** Packets that the system did not accept, and access units that are too large or have no NAL unit. */
  readonly dropped: number;
  /** Send errors, including ICMP errors from the receiver's host. */
  readonly sendErrors: number;
  /** RTCP sender reports sent. */
  readonly senderReports: number;
  /** Reception reports on this stream received. */
  readonly receiverReports: number;
  /** The newest reception report. */
  readonly newestReport: ReceiverReport | undefined;
  /** Key frame requests received (PLI, FIR). */
  readonly keyFrameRequests: number;
  /** RTCP packets received that were malformed. */
  readonly unreadable: number;
  /** RTP packets that the receiver had lost and that were sent again. */
  readonly resent: number;
  /** Condition of the receiver. */
  readonly receiver: ReceiverCondition;
  /** Whether `receiver` is `open`. */
  readonly healthy: boolean;
}

/**
 * Publishes access units over RTP to one receiver. Each is split into packets and sent in one burst
 * before {@linkcode RtpSink.write} returns. Network errors do not stop it.
 */
export class RtpSink implements AsyncDisposable {
  readonly #options: RtpSinkOptions;
  readonly #stream: RtpStream;
  readonly #keyFrameRequests: KeyFrameRequests;
  #endpoint: ResolvedEndpoint;
  #rtp: DatagramSender;
  #rtcp: DatagramSender;
  readonly #exchange: RtcpExchange;
  readonly #receiver: ReceiverState;
  // Unique, and increasing with time (RFC 8866, 5.2). Several sessions can start in one millisecond.
  readonly #sessionId = Date.now() * 1000 + Math.floor(1000 * Math.random());
  #sessionVersion = 1;
  #described: CodedFormat | undefined;
  #accessUnits = 0;
  #packets = 0;
  #bytes = 0;
  #dropped = 0;
  #sendErrors = 0;
  readonly #resources = new AsyncDisposableStack();
  #hasMoved = false;
  #closed = false;

  /**
   * Creates a sink. Nothing is sent before the first access unit.
   *
   * @param options The stream, the receiver and callbacks.
   * @param rtp Sends to the receiver's port. The sink becomes its owner.
   * @param rtcp Sends to the port after it. The sink becomes its owner.
   * @throws {RtpError} If an option is out of range.
   */
  constructor(options: RtpSinkOptions, rtp: DatagramSender, rtcp: DatagramSender) {
    this.#stream = options.stream ?? new RtpStream(options);
    this.#endpoint = options.receiver;
    this.#keyFrameRequests = new KeyFrameRequests(() => options.requestKeyFrame?.());
    this.#options = options;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#receiver = new ReceiverState((condition) => options.onReceiverChange?.(condition));
    this.#exchange = new RtcpExchange(this.#stream, {
      rtcp,
      resend: options.resends === true ? { send: (packets) => this.#rtp.send(packets) } : undefined,
      sent: () => ({ packets: this.#packets, bytes: this.#bytes }),
      onKeyFrameRequest: (request) => this.#keyFrameRequests.add(request),
      onReportTurn: options.onReportTurn,
    });
  }

  /** Name for logs and statistics, for example `rtp 127.0.0.1:5004`. */
  get name(): string {
    const { address: host, port } = this.#endpoint;
    return `rtp ${formatEndpoint({ host, port })}`;
  }

  /** Whether the receivers are a multicast group, whose RTCP is not read. */
  get isGroup(): boolean {
    return isMulticast(this.#endpoint.address);
  }

  /** Local port that receives RTCP, if known. */
  get rtcpPort(): number | undefined {
    return this.#rtcp.localPort;
  }

  /** Disposes the resource when the sink is disposed. */
  own(resource: AsyncDisposable): void {
    this.#resources.use(resource);
  }

  /**
   * Sends to a new address of the receiver from now on. The old senders are disposed. If the sink is closed, the new
   * senders are disposed instead.
   */
  redirect(receiver: ResolvedEndpoint, rtp: DatagramSender, rtcp: DatagramSender): void {
    if (this.#closed) {
      rtp[Symbol.dispose]();
      rtcp[Symbol.dispose]();
      return;
    }
    this.#rtp[Symbol.dispose]();
    this.#rtcp[Symbol.dispose]();
    [this.#endpoint, this.#rtp, this.#rtcp] = [receiver, rtp, rtcp];
    this.#exchange.redirect(rtcp);
    this.#hasMoved = true;
  }

  /**
   * Handles RTCP from a receiver: reports on this stream and key frame requests. Malformed packets are counted.
   *
   * @param arrivedUnixUs Time of arrival: Unix time in microseconds.
   */
  receive(packet: Uint8Array, arrivedUnixUs: number): void {
    this.#exchange.receive(packet, arrivedUnixUs);
  }

  /**
   * Sends an access unit. It never blocks and never throws because of the network. A closed sink
   * does nothing.
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
    this.#exchange.start();
  }

  /** Returns the statistics so far. */
  statistics(): RtpSinkStatistics {
    return {
      name: this.name,
      accessUnits: this.#accessUnits,
      packets: this.#packets,
      bytes: this.#bytes,
      dropped: this.#dropped,
      sendErrors: this.#sendErrors,
      senderReports: this.#exchange.senderReports,
      receiverReports: this.#exchange.receiverReports,
      newestReport: this.#exchange.newestReport,
      keyFrameRequests: this.#keyFrameRequests.count,
      unreadable: this.#exchange.unreadable,
      resent: this.#exchange.resent,
      receiver: this.#receiver.condition,
      healthy: this.#receiver.condition === "open",
    };
  }

  /** Sends a BYE to the receiver and closes the sockets. Later calls do nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#keyFrameRequests[Symbol.dispose]();
    this.#exchange[Symbol.dispose]();
    this.#rtp[Symbol.dispose]();
    this.#rtcp[Symbol.dispose]();
    await this.#resources.disposeAsync();
  }

  /** Size of the first packets in bytes. The system does not say which packets were dropped. */
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
      ...(this.#options.ttl !== undefined && { ttl: this.#options.ttl }),
      ...(this.#options.resends === true && { profile: "RTP/AVPF" }),
    }, this.#options.resends));
    this.#sessionVersion += 1;
  }
}
