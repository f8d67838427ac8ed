import type { Socket } from "node:dgram";
import type { ReceivedAccessUnit } from "../../src/rtp/depacketizer.ts";
import { DepacketizerH264 } from "../../src/rtp/depacketizer_h264.ts";
import { parseRtcp } from "../../src/rtp/rtcp_parse.ts";
import type { SenderReport } from "../../src/rtp/rtcp.ts";
import { parseRtpPacket } from "../../src/rtp/rtp_packet.ts";
import { VIDEO_CLOCK_RATE } from "../../src/rtp/rtp_clock.ts";
import { type FrameIdentity, frameIdentity, unixMs } from "./_frame_identity.ts";
import { closeUdp, openUdp } from "./_udp_socket.ts";

/** A frame that came over RTP. */
export interface RtpFrame extends FrameIdentity {
  /** When it was captured, on the producer's clock: milliseconds of Unix time. */
  readonly capturedMs: number;
  /** When the last packet of it was here, likewise. */
  readonly arrivedMs: number;
}

/**
 * A receiver of H.264 that can come and go. It knows when each frame was captured as any receiver does:
 * by the sender reports, which tell what the RTP timestamps are on the wall clock (RFC 3550, 6.4.1).
 */
export class RtpProbe implements AsyncDisposable {
  /** Where it listens for RTP; for RTCP at the next. */
  readonly port: number;
  readonly #arrivals: (FrameIdentity & { timestamp: number; arrivedMs: number })[] = [];
  #depacketizer = new DepacketizerH264((unit) => this.#take(unit));
  #sockets: Socket[] = [];
  #report: SenderReport | undefined;
  #lostBefore = 0;
  #violation: Error | undefined;
  #waiting: { holds: () => boolean; resolve: () => void }[] = [];

  /** Listens only from {@linkcode open} on. */
  constructor(port: number) {
    this.port = port;
  }

  /** Frames that have come. */
  get count(): number {
    return this.#arrivals.length;
  }

  /** Packets that did not come while it was there. */
  get lostPackets(): number {
    return this.#lostBefore + this.#depacketizer.sequence.lost;
  }

  /** When the newest frame was here, in milliseconds of Unix time; -Infinity before the first. */
  get lastArrivedMs(): number {
    return this.#arrivals.at(-1)?.arrivedMs ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * What has come, in order.
   *
   * @throws {Error} Before the first sender report, or when something was not valid.
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

  /** Is there from now on. */
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
      this.#look();
    });
  }

  /** Is not there any more. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.splice(0)) await closeUdp(socket);
  }

  /** Resolves when so many frames in all have come, as soon as the last of them. */
  reaches(count: number): Promise<void> {
    return this.#until(() => this.count >= count);
  }

  /** Resolves when it knows the sender's clock. */
  clocked(): Promise<void> {
    return this.#until(() => this.#report !== undefined);
  }

  /** Is not there any more. */
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
    // One that lacks packets is none that anybody could show.
    if (!unit.complete) return;
    const { timestamp } = unit;
    this.#arrivals.push({ ...frameIdentity(unit.nalUnits), timestamp, arrivedMs: unixMs() });
    this.#look();
  }

  async #until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => this.#waiting.push({ holds, resolve }));
  }

  #look(): void {
    this.#waiting = this.#waiting.filter(({ holds, resolve }) => {
      if (!holds()) return true;
      resolve();
      return false;
    });
  }
}
