import type { Socket } from "node:dgram";
import type { ReceivedAccessUnit } from "../../src/rtp/depacketizer.ts";
import { DepacketizerH264 } from "../../src/rtp/depacketizer_h264.ts";
import { parseRtcp } from "../../src/rtp/rtcp_parse.ts";
import type { SenderReport } from "../../src/rtp/rtcp.ts";
import { parseRtpPacket } from "../../src/rtp/rtp_packet.ts";
import { VIDEO_CLOCK_RATE } from "../../src/rtp/rtp_clock.ts";
import { type FrameIdentity, frameIdentity, unixMs } from "./_frame_identity.ts";
import { closeUdp, openUdp } from "./_udp_socket.ts";

/** A frame received over RTP. */
export interface RtpFrame extends FrameIdentity {
  /** Capture time, in milliseconds of Unix time. */
  readonly capturedMs: number;
  /** Arrival time of its last packet, in milliseconds of Unix time. */
  readonly arrivedMs: number;
}

/**
 * A receiver of H.264 over RTP that can be opened and closed. It gets the capture times from the
 * sender reports, which relate RTP timestamps to wall clock time (RFC 3550, section 6.4.1).
 */
export class RtpProbe implements AsyncDisposable {
  /** Port for RTP; the next port is for RTCP. */
  readonly port: number;
  readonly #arrivals: (FrameIdentity & { timestamp: number; arrivedMs: number })[] = [];
  #depacketizer = new DepacketizerH264((unit) => this.#take(unit));
  #sockets: Socket[] = [];
  #report: SenderReport | undefined;
  #lostBefore = 0;
  #violation: Error | undefined;
  #waiting: { condition: () => boolean; resolve: () => void }[] = [];

  /** Does not listen until {@linkcode open} is called. */
  constructor(port: number) {
    this.port = port;
  }

  /** Number of frames received. */
  get count(): number {
    return this.#arrivals.length;
  }

  /** Number of packets lost while it was open. */
  get lostPackets(): number {
    return this.#lostBefore + this.#depacketizer.sequence.lost;
  }

  /** Arrival time of the newest frame, in milliseconds of Unix time; -Infinity before the first. */
  get lastArrivedMs(): number {
    return this.#arrivals.at(-1)?.arrivedMs ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * Returns the received frames, in order.
   *
   * @throws {Error} If no sender report has arrived, or a packet was invalid.
   */
  frames(): RtpFrame[] {
    if (this.#violation !== undefined) throw this.#violation;
    const report = this.#report;
    if (report === undefined) throw new Error("No sender report has come");
    return this.#arrivals.map(({ timestamp, ...frame }) => {
      const sinceReport = (timestamp - report.rtpTimestamp) | 0;
      const capturedMs = report.unixUs / 1000 + 1000 * sinceReport / VIDEO_CLOCK_RATE;
      return { ...frame, capturedMs };
    });
  }

  /** Starts to listen. */
  async open(): Promise<void> {
    this.#lostBefore = this.lostPackets;
    this.#depacketizer = new DepacketizerH264((unit) => this.#take(unit));
    await this.#bind(
      this.port,
      (datagram) => this.#depacketizer.push(parseRtpPacket(datagram)),
    );
    await this.#bind(this.port + 1, (datagram) => {
      for (const packet of parseRtcp(datagram)) {
        if (packet.type === "sender-report") this.#report = packet.report;
      }
      this.#checkWaiting();
    });
  }

  /** Stops listening. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.splice(0)) await closeUdp(socket);
  }

  /** Waits until this many frames in total have arrived. */
  waitForFrames(count: number): Promise<void> {
    return this.#until(() => this.count >= count);
  }

  /** Waits for the first sender report. */
  waitForClock(): Promise<void> {
    return this.#until(() => this.#report !== undefined);
  }

  /** Stops listening. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #bind(port: number, take: (datagram: Uint8Array) => void): Promise<void> {
    const socket = await openUdp(port, (datagram) => {
      try {
        take(datagram);
      } catch (error) {
        this.#violation ??= error instanceof Error ? error : new Error(String(error));
      }
    });
    this.#sockets.push(socket);
  }

  #take(unit: ReceivedAccessUnit): void {
    // An incomplete access unit cannot be decoded.
    if (!unit.complete) return;
    const { timestamp } = unit;
    this.#arrivals.push({ ...frameIdentity(unit.nalUnits), timestamp, arrivedMs: unixMs() });
    this.#checkWaiting();
  }

  async #until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => this.#waiting.push({ condition, resolve }));
  }

  #checkWaiting(): void {
    this.#waiting = this.#waiting.filter(({ condition, resolve }) => {
      if (!condition()) return true;
      resolve();
      return false;
    });
  }
}
