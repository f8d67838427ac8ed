import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import type { Sink, SinkContext, SinkStatistics } from "../publish/sink.ts";
import { KeyFrameRequests } from "../rtp/key_frame_requests.ts";
import { DEFAULT_MTU, DEFAULT_PAYLOAD_TYPE } from "../rtp/packetizer.ts";
import type { RtpStream } from "../rtp/rtp_stream.ts";
import { anySharedStream } from "../rtp/shared_streams.ts";
import { within } from "../within.ts";
import { InterleavedPackets } from "./interleaved_packets.ts";
import type { RtspSession } from "./rtsp_session.ts";
import { CONTROL } from "./rtsp_url.ts";

/** Bit rate of packets with all headers and key frames, compared to that of the encoder. */
const HEADERS_FACTOR = 1.1;

/** A stream without pictures for this long may have none for a new client either. */
const SILENCE_MS = 10_000;

/** Options of an {@linkcode RtspHub}. */
export interface RtspHubOptions {
  /** Whether each packet carries the capture time. */
  readonly timeExtension: boolean;
  /** Called when the stream has ended, after the sessions. */
  readonly onEnd: () => void;
}

/** Sends one stream to the sessions of an RTSP server. The packets are those that RTP outputs of the stream send. */
export class RtspHub implements Sink {
  readonly name = "rtsp";
  readonly #options: RtspHubOptions;
  readonly #sessions = new Map<RtspSession, () => void>();
  /** Called with the next access unit, or at the end. */
  readonly #waiting = new Set<() => void>();
  readonly #sessionId = Date.now() * 1000 + Math.floor(1000 * Math.random());
  #sessionVersion = 0;
  #stream: RtpStream | undefined;
  #bitrateKbps = 0;
  #format: CodedFormat | undefined;
  #described: CodedFormat | undefined;
  #requests: KeyFrameRequests | undefined;
  #writtenMs = performance.now();
  #accessUnits = 0;
  readonly #left = { packets: 0, bytes: 0, skips: 0, resent: 0 };
  #isClosed = false;

  constructor(options: RtspHubOptions) {
    this.#options = options;
  }

  /** Number of sessions. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** The RTP stream, once the hub is open. */
  get stream(): RtpStream | undefined {
    return this.#stream;
  }

  /** Whether the stream has ended. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** How long there was no access unit, in milliseconds. */
  silentMs(nowMs: number): number {
    return nowMs - this.#writtenMs;
  }

  /** Waits for the first key frame, or the next picture after silence. Returns whether it came within the time limit. */
  async isLive(limitMs: number): Promise<boolean> {
    if (this.#format === undefined || this.silentMs(performance.now()) > SILENCE_MS) {
      const next = Promise.withResolvers<void>();
      this.#waiting.add(next.resolve);
      const hasCome = await within(limitMs, next.promise);
      this.#waiting.delete(next.resolve);
      if (!hasCome) return false;
    }
    return this.#format !== undefined && !this.#isClosed;
  }

  /**
   * Returns the session description, without addresses: clients choose them. Undefined if the stream gives no key frame
   * within the time limit.
   *
   * @param family IP version of the client.
   * @param profile Profile that the client can read.
   */
  async describe(
    family: 4 | 6,
    profile: "RTP/AVP" | "RTP/AVPF",
    limitMs: number,
  ): Promise<string | undefined> {
    if (!await this.isLive(limitMs)) return undefined;
    if (this.#format === undefined || this.#stream === undefined) return undefined;
    if (this.#format !== this.#described) this.#sessionVersion++;
    this.#described = this.#format;
    return this.#stream.describe({
      receiver: { address: family === 4 ? "0.0.0.0" : "::", family, port: 0 },
      format: this.#format,
      sessionId: this.#sessionId,
      sessionVersion: this.#sessionVersion,
      control: CONTROL,
      profile,
      bandwidthKbps: HEADERS_FACTOR * this.#bitrateKbps,
    }, true);
  }

  /**
   * Adds a session, which gets packets once it plays.
   *
   * @param onEnd Called when the stream has ended.
   */
  join(session: RtspSession, onEnd: () => void): void {
    this.#sessions.set(session, onEnd);
  }

  /** Removes a session. */
  leave(session: RtspSession): void {
    if (!this.#sessions.delete(session)) return;
    this.#left.packets += session.transport.sent.packets;
    this.#left.bytes += session.transport.sent.bytes;
    this.#left.skips += session.skips;
    this.#left.resent += session.resent;
  }

  /** Requests a key frame, on behalf of a client or for a session that starts. */
  requestKeyFrame(): void {
    this.#requests?.add({ from: 0 });
  }

  open(camera: SinkContext): void {
    this.#stream = anySharedStream(camera, {
      payloadType: DEFAULT_PAYLOAD_TYPE,
      mtu: DEFAULT_MTU,
      timeExtension: this.#options.timeExtension,
    });
    this.#bitrateKbps = camera.bitrateKbps;
    this.#requests = new KeyFrameRequests(() => camera.requestKeyFrame());
  }

  write(unit: AccessUnit): void {
    this.#writtenMs = performance.now();
    this.#format = unit.format;
    this.#wake();
    let hasPlayers = false;
    for (const session of this.#sessions.keys()) if (session.isPlaying) hasPlayers = true;
    if (!hasPlayers || this.#stream?.packetize(unit) !== true) return;
    this.#accessUnits++;
    const packets = new InterleavedPackets(this.#stream.packets);
    for (const session of this.#sessions.keys()) session.write(unit, packets);
  }

  /** Counts the packets of all sessions. That a client is slow is not a loss of the stream. */
  statistics(): SinkStatistics {
    let { packets, bytes, skips, resent } = this.#left;
    let waitingBytes = 0;
    const kinds = { tcp: 0, udp: 0 };
    for (const session of this.#sessions.keys()) {
      packets += session.transport.sent.packets;
      bytes += session.transport.sent.bytes;
      skips += session.skips;
      resent += session.resent;
      waitingBytes += session.transport.pendingBytes;
      kinds[session.transport.kind]++;
    }
    const parts = [describeClients(kinds)];
    if (skips > 0) parts.push(`too slow ${skips} times`);
    if (resent > 0) parts.push(`packets sent again: ${resent}`);
    return {
      name: this.name,
      accessUnits: this.#accessUnits,
      packets,
      bytes,
      dropped: 0,
      healthy: true,
      waitingBytes,
      feedback: parts.join(", "),
    };
  }

  /** Ends all sessions. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#requests?.[Symbol.dispose]();
    this.#wake();
    for (const onEnd of [...this.#sessions.values()]) onEnd();
    this.#options.onEnd();
    return Promise.resolve();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function describeClients({ tcp, udp }: { readonly tcp: number; readonly udp: number }): string {
  if (tcp + udp === 0) return "no clients";
  const parts = [
    ...(tcp > 0 ? [`${tcp} over TCP`] : []),
    ...(udp > 0 ? [`${udp} over UDP`] : []),
  ];
  return `${tcp + udp === 1 ? "client" : "clients"}: ${parts.join(", ")}`;
}
