import type { DatagramOutlet } from "../../ffi/datagram_sender.ts";
import { writeSenderReport } from "./rtcp.ts";
import { VIDEO_CLOCK_RATE } from "./rtp_clock.ts";

/** Time between two sender reports in milliseconds: the minimum that RFC 3550, 6.2 recommends. */
export const SENDER_REPORT_INTERVAL_MS = 5000;

/** The newest access unit's time on both clocks, and the totals sent so far. */
export interface SenderProgress {
  /** Capture time of the newest access unit: Unix time in microseconds. */
  readonly captureUnixUs: number;
  /** Its RTP timestamp, u32. */
  readonly rtpTimestamp: number;
  /** RTP packets sent. */
  readonly packets: number;
  /** Payload bytes sent, without headers. */
  readonly payloadBytes: number;
}

/**
 * Sends the sender reports of one RTP stream: the first at once, then one every
 * {@linkcode SENDER_REPORT_INTERVAL_MS}, and one with a BYE at the end (RFC 3550, 6.3). A report
 * gives its time of sending on the wall clock and on the RTP clock. The RTP time is extrapolated
 * from the capture time and the RTP timestamp of the newest access unit.
 */
export class RtcpSender implements Disposable {
  #sender: DatagramOutlet;
  readonly #ssrc: number;
  readonly #cname: string;
  readonly #progress: () => SenderProgress;
  readonly #intervalMs: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #reports = 0;

  /**
   * Creates a sender; {@linkcode start} sends the first report.
   *
   * @param sender Sends the reports; the caller remains its owner.
   * @param ssrc The stream's synchronization source.
   * @param cname Canonical name, 1 to 255 bytes of UTF-8.
   * @param progress Returns the progress of the stream.
   * @param intervalMs Time between two reports in milliseconds.
   */
  constructor(
    sender: DatagramOutlet,
    ssrc: number,
    cname: string,
    progress: () => SenderProgress,
    intervalMs: number = SENDER_REPORT_INTERVAL_MS,
  ) {
    this.#sender = sender;
    this.#ssrc = ssrc;
    this.#cname = cname;
    this.#progress = progress;
    this.#intervalMs = intervalMs;
  }

  /** Number of reports sent. */
  get reports(): number {
    return this.#reports;
  }

  /** Sends later reports through another sender. */
  redirect(sender: DatagramOutlet): void {
    this.#sender = sender;
  }

  /** Sends the first report and starts the timer for the others. Later calls do nothing. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#send("goes-on");
    this.#timer = setInterval(() => this.#send("goes-on"), this.#intervalMs);
    // The timer must not keep the process alive.
    Deno.unrefTimer(this.#timer);
  }

  /** Stops the timer and sends a last report with a BYE, if {@linkcode start} was called. */
  [Symbol.dispose](): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#send("bye");
  }

  #send(ending: "goes-on" | "bye"): void {
    const { captureUnixUs, rtpTimestamp, packets, payloadBytes } = this.#progress();
    const nowUs = Date.now() * 1000;
    const ticks = Math.round((nowUs - captureUnixUs) * VIDEO_CLOCK_RATE / 1e6);
    const report = {
      ssrc: this.#ssrc,
      unixUs: nowUs,
      rtpTimestamp: (rtpTimestamp + ticks % 2 ** 32) >>> 0,
      packets,
      payloadBytes,
    };
    const bytes = writeSenderReport(report, this.#cname, ending);
    const outcome = this.#sender.send({
      bytes,
      offsets: Uint32Array.of(0),
      lengths: Uint32Array.of(bytes.length),
      count: 1,
    });
    this.#reports += outcome.sent;
  }
}
