import type { AccessUnit } from "../bitstream/access_unit.ts";
import { RtcpExchange } from "../rtp/rtcp_exchange.ts";
import { KeyFrameRequests } from "../rtp/key_frame_requests.ts";
import type { RtpStream } from "../rtp/rtp_stream.ts";
import type { InterleavedPackets } from "./interleaved_packets.ts";
import type { SessionTransport } from "./session_transport.ts";

/**
 * Minimum time between two key frames for the losses of one client, in milliseconds: a client with a bad connection must
 * not cost the others much.
 */
const KEY_FRAME_INTERVAL_MS = 1000;

/**
 * RTCP of a client that is read, in bytes a second, and in one packet: as many reports of lost packets as are answered.
 * More would only keep the process busy.
 */
const MAX_RTCP_BYTES = { everySecond: 48 * 1024, atOnce: 1500 } as const;

/** The first packet that a session gets (RFC 2326, 12.33). */
export interface FirstPacket {
  /** Its sequence number, u16. */
  readonly sequenceNumber: number;
  /** Its RTP timestamp, u32. */
  readonly rtpTimestamp: number;
}

/** One client of a stream. It gets packets from a key frame on, once it plays. */
export class RtspSession implements AsyncDisposable {
  /** Hard to guess: whoever knows it can control the session. */
  readonly id: string = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  readonly transport: SessionTransport;
  /** Monotonic time in milliseconds at which it was opened. */
  readonly openedMs: number = performance.now();
  /** Monotonic time in milliseconds at which the client last sent something about the session. */
  seenMs: number = this.openedMs;
  /** Whether the client's host has reported that no one listens. */
  isRefused = false;
  readonly #exchange: RtcpExchange;
  readonly #keyFrameRequests: KeyFrameRequests;
  #state: "ready" | "starting" | "playing" | "closed" = "ready";
  #needsKeyFrame = true;
  #skips = 0;
  #hasPlayed = false;
  readonly #rtcpRead = { sinceMs: 0, bytes: 0 };
  readonly #ended = Promise.withResolvers<void>();
  #onFirst: ((first: FirstPacket) => void) | undefined;

  /** @param requestKeyFrame Requests a key frame that the client has asked for. */
  constructor(
    stream: RtpStream,
    transport: SessionTransport,
    requestKeyFrame: () => void,
  ) {
    this.transport = transport;
    // Lost packets can only be sent again if they were kept before.
    if (transport.resend !== undefined) stream.keepHistory();
    const requests = new KeyFrameRequests(requestKeyFrame, KEY_FRAME_INTERVAL_MS);
    this.#keyFrameRequests = requests;
    this.#exchange = new RtcpExchange(stream, {
      rtcp: transport.rtcp,
      resend: transport.resend,
      sent: () => transport.sent,
      onKeyFrameRequest: (request) => requests.add(request),
    });
  }

  /** Whether it gets packets, or will from the next key frame on. */
  get isPlaying(): boolean {
    return this.#state === "starting" || this.#state === "playing";
  }

  /** Whether packets were sent. */
  get hasPlayed(): boolean {
    return this.#hasPlayed;
  }

  /** Whether no report shows that the client receives packets. */
  get isUnheard(): boolean {
    return this.#exchange.receiverReports === 0;
  }

  /** Resolves when the session has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Times that the client was too slow. */
  get skips(): number {
    return this.#skips;
  }

  /** Packets that were sent again. */
  get resent(): number {
    return this.#exchange.resent;
  }

  /**
   * Starts to play with the next key frame.
   *
   * @param onFirst Called immediately before the first packet is sent.
   */
  play(onFirst: (first: FirstPacket) => void): void {
    if (this.#state !== "ready") return;
    this.#state = "starting";
    this.#onFirst = onFirst;
  }

  /** Stops to play, until the next {@linkcode play}. */
  pause(): void {
    if (!this.isPlaying) return;
    this.#state = "ready";
    this.#onFirst = undefined;
    this.#needsKeyFrame = true;
  }

  /** Sends the packets of an access unit, unless the client waits for a key frame. */
  write(unit: AccessUnit, packets: InterleavedPackets): void {
    if (!this.isPlaying || (this.#needsKeyFrame && !unit.keyFrame)) return;
    // One that was too slow continues once it has read everything.
    if (this.#needsKeyFrame && !this.transport.hasCaughtUp) return;
    if (this.#state === "starting") {
      this.#state = "playing";
      this.#hasPlayed = true;
      this.#onFirst?.(firstOf(packets));
      this.#onFirst = undefined;
      this.#exchange.start();
    }
    const delivery = this.transport.send(packets);
    if (delivery.isTooSlow) this.#skips++;
    this.#needsKeyFrame = delivery.isTooSlow;
    this.isRefused = delivery.isRefused;
  }

  /** Handles RTCP of the client. */
  receive(packet: Uint8Array, arrivedUnixUs: number): void {
    const nowMs = performance.now();
    this.seenMs = nowMs;
    const read = this.#rtcpRead;
    if (nowMs - read.sinceMs > 1000) {
      read.sinceMs = nowMs;
      read.bytes = 0;
    }
    read.bytes += packet.length;
    if (packet.length > MAX_RTCP_BYTES.atOnce || read.bytes > MAX_RTCP_BYTES.everySecond) return;
    this.#exchange.receive(packet, arrivedUnixUs);
  }

  /** Says BYE, if something was sent, and closes the transport. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#ended.resolve();
    this.#keyFrameRequests[Symbol.dispose]();
    this.#exchange[Symbol.dispose]();
    await this.transport[Symbol.asyncDispose]();
  }
}

function firstOf({ packets: { bytes, offsets } }: InterleavedPackets): FirstPacket {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offsets[0]!);
  return { sequenceNumber: view.getUint16(2), rtpTimestamp: view.getUint32(4) };
}
