import type { DatagramSender } from "../../ffi/datagram_sender.ts";
import { writeSenderReport } from "./rtcp.ts";
import { VIDEO_CLOCK_RATE } from "./rtp_clock.ts";

/** Milliseconds between two sender reports: the least that RFC 3550, 6.2 recommends. */
export const SENDER_REPORT_INTERVAL_MS = 5000;

/** One moment on both clocks, and what had been sent by then. */
export interface SenderProgress {
  /** Unix time of capture of the newest access unit, in microseconds. */
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
 * gives the time of sending on the wall clock and on the RTP clock; the line through that point is
 * the one on which the newest access unit's capture time lies.
 */
export class RtcpSender implements Disposable {
  #sender: DatagramSender;
  readonly #ssrc: number;
  readonly #cname: string;
  readonly #progress: () => SenderProgress;
  readonly #intervalMs: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #reports = 0;

  /**
   * Sends nothing yet.
   *
   * @param sender Where reports go; it stays the caller's.
   * @param ssrc The stream's synchronization source.
   * @param cname Canonical name, 1 to 255 bytes of UTF-8.
   * @param progress Tells how far the stream is.
   * @param intervalMs Milliseconds between two reports.
   */
  constructor(
    sender: DatagramSender,
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

  /** Reports sent. */
  get reports(): number {
    return this.#reports;
  }

  /** Sends elsewhere from now on. */
  redirect(sender: DatagramSender): void {
    this.#sender = sender;
  }

  /** Sends the first report and goes on with the others; only the first call does anything. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#send("goes-on");
    this.#timer = setInterval(() => this.#send("goes-on"), this.#intervalMs);
    // Reports alone are no reason for a process to go on.
    Deno.unrefTimer(this.#timer);
  }

  /** Sends the BYE, if a report was ever sent, and ends. */
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
