import { getLogger } from "@logtape/logtape";
import { unixUs } from "../../ffi/clock.ts";
import { RateLimit } from "../rate_limit.ts";
import type { ConnectionWriter } from "./connection_writer.ts";
import { hostOf, KeyFrameLimits } from "./host_limits.ts";
import { RtspError } from "./rtsp_error.ts";
import type { RtspHub } from "./rtsp_hub.ts";
import { type FirstPacket, RtspSession } from "./rtsp_session.ts";
import { type ConnectionHosts, InterleavedTransport, UdpTransport } from "./session_transport.ts";
import type { RequestedTransport } from "./transport_header.ts";

const logger = getLogger(["cvmmap", "rtsp"]);

/** Sessions of the whole server. */
const MAX_SESSIONS = 128;
/** Sessions of one host: an NVR with two recordings of 16 cameras. */
const MAX_SESSIONS_OF_HOST = 32;
/** A session without any sign of life ends after this time. Over TCP, a client shows by reading that it is there. */
const TIMEOUT_S = 60;
/** A session whose stream gives nothing for this long ends. */
const SILENCE_MS = 30_000;

/** What a session is opened with. */
export interface SessionRequest extends ConnectionHosts {
  /** Name of the stream. */
  readonly name: string;
  readonly transport: RequestedTransport;
  readonly writer: ConnectionWriter;
}

/** What sessions know of the connection of a client. */
export interface SessionConnection extends AsyncDisposable {
  /** Address of the client, for logs. */
  readonly peer: string;
  readonly isClosed: boolean;
}

interface Entry {
  readonly session: RtspSession;
  readonly hub: RtspHub;
  readonly name: string;
  readonly host: string;
  /** The connection that it was opened on. */
  readonly connection: SessionConnection;
  /** Channel of RTCP within the connection; undefined over UDP. */
  readonly rtcpChannel: number | undefined;
}

/** All sessions of a server. */
export class RtspSessions implements AsyncDisposable {
  /** Time without a sign of life after which a session ends, in seconds. */
  static readonly timeoutS = TIMEOUT_S;
  readonly #entries = new Map<string, Entry>();
  /** The session within each connection that has one. */
  readonly #interleaved = new Map<SessionConnection, Entry>();
  /** Hosts of sessions that are being opened. */
  readonly #opening: string[] = [];
  readonly #keyFrameLimits = new KeyFrameLimits();
  /** Sessions that wait until their host may cause another key frame. */
  readonly #waiting = new Set<Entry>();
  /** Clients may come and go as often as they like. */
  readonly #logLimit = new RateLimit({ burst: 2 * MAX_SESSIONS, everyMs: 1000 });

  /** Number of sessions. */
  get count(): number {
    return this.#entries.size;
  }

  /** Returns the session with this identifier. */
  find(id: string): RtspSession | undefined {
    return this.#entries.get(id)?.session;
  }

  /**
   * Opens a session.
   *
   * @throws {RtspError} There are too many, or the stream has no picture yet.
   */
  async open(
    hub: RtspHub,
    connection: SessionConnection,
    request: SessionRequest,
  ): Promise<RtspSession> {
    const { stream } = hub;
    if (stream === undefined) throw new RtspError(503, "The stream gives no pictures");
    // FFmpeg turns to TCP in this way when nothing arrives over UDP.
    const before = this.#of(connection).find(({ name }) => name === request.name);
    const { transport: requested, writer } = request;
    const host = hostOf(request.address);
    this.#checkLimits(host, before);
    let rtcpChannel: number | undefined;
    let transport: InterleavedTransport | UdpTransport;
    this.#opening.push(host);
    try {
      if (requested.kind === "tcp") {
        const channels = this.#channels(connection, before, requested.channels);
        rtcpChannel = channels[1];
        transport = new InterleavedTransport(writer, channels);
      } else {
        // FFmpeg reports lost packets too, but cannot read those that are sent again. It never asks for this profile.
        const resends = /AVPF$/i.test(requested.profile);
        transport = await UdpTransport.open(request, requested.ports, resends);
      }
    } finally {
      this.#opening.splice(this.#opening.indexOf(host), 1);
    }
    if (before !== undefined) await this.end(before.session, "sets the stream up again");
    const session = new RtspSession(stream, transport, () => this.#requestKeyFrame(entry));
    if (transport.kind === "udp") {
      transport.onRtcp = (packet, arrivedUnixUs) => session.receive(packet, arrivedUnixUs);
    }
    const entry: Entry = { session, hub, name: request.name, host, connection, rtcpChannel };
    this.#entries.set(session.id, entry);
    if (rtcpChannel !== undefined) this.#interleaved.set(connection, entry);
    const end = (): Promise<void> => this.end(session, "ends: the stream has ended", true);
    hub.join(session, () => void end());
    // Both may have ended while the ports were opened.
    if (connection.isClosed) this.connectionClosed(connection);
    if (hub.isClosed) await end();
    return session;
  }

  /** Starts to play with a key frame, which is requested. */
  play(session: RtspSession, onFirst: (first: FirstPacket) => void): void {
    const entry = this.#entries.get(session.id);
    if (entry === undefined) return;
    const { connection, name } = entry;
    session.play(onFirst);
    this.#log("RTSP client {client} plays {stream} over {transport}", {
      client: connection.peer,
      stream: name,
      transport: session.transport.kind.toUpperCase(),
    });
    this.#requestKeyFrame(entry);
  }

  /** Whether a session was opened on a connection. */
  isUsing(connection: SessionConnection): boolean {
    return this.#of(connection).next().done !== true;
  }

  /** Handles an interleaved packet of a client: RTCP, if it is on that channel. */
  receive(connection: SessionConnection, channel: number, packet: Uint8Array): void {
    const entry = this.#interleaved.get(connection);
    if (entry?.rtcpChannel === channel) entry.session.receive(packet, unixUs());
  }

  /**
   * Ends a session.
   *
   * @param why What the client does, for the log.
   * @param closes Whether its connection is closed too, so that the client notices.
   */
  async end(session: RtspSession, why: string, closes = false): Promise<void> {
    const entry = this.#entries.get(session.id);
    if (entry === undefined) return;
    this.#entries.delete(session.id);
    this.#waiting.delete(entry);
    if (entry.rtcpChannel !== undefined) this.#interleaved.delete(entry.connection);
    entry.hub.leave(session);
    if (session.hasPlayed) {
      this.#log("RTSP client {client} of {stream} {why}, after {seconds} s and {packets} packets", {
        client: entry.connection.peer,
        stream: entry.name,
        why,
        seconds: Math.round((performance.now() - session.openedMs) / 1000),
        packets: session.transport.sent.packets,
      });
    }
    await session[Symbol.asyncDispose]();
    // Another session may still need it.
    if (closes && !this.isUsing(entry.connection)) await entry.connection[Symbol.asyncDispose]();
  }

  /** Ends the sessions within a closed connection. Those over UDP go on until they time out. */
  connectionClosed(connection: SessionConnection): void {
    const entry = this.#interleaved.get(connection);
    if (entry !== undefined) void this.end(entry.session, "has left");
  }

  /** Requests the key frames that hosts may cause by now. */
  requestWaiting(): void {
    for (const entry of [...this.#waiting]) this.#requestKeyFrame(entry);
  }

  /** Ends the sessions of clients that have left without a word, and of streams that give nothing. */
  endDead(nowMs: number): void {
    for (const { session, hub, connection } of this.#entries.values()) {
      const isUdp = session.transport.kind === "udp";
      if (hub.silentMs(nowMs) > SILENCE_MS) {
        void this.end(session, `ends: no frame came for ${SILENCE_MS / 1000} s`, true);
      } else if ((isUdp || !session.isPlaying) && nowMs - session.seenMs > TIMEOUT_S * 1000) {
        void this.end(session, `has not been heard of for ${TIMEOUT_S} s`, true);
      } else if (isUdp && session.isRefused && connection.isClosed) {
        void this.end(session, "has left");
      }
    }
  }

  /** Ends all sessions. */
  async [Symbol.asyncDispose](): Promise<void> {
    const sessions = [...this.#entries.values()].map(({ session }) => session);
    await Promise.all(sessions.map((session) => this.end(session, "ends", true)));
  }

  #of(connection: SessionConnection): IteratorObject<Entry, undefined, unknown> {
    return this.#entries.values().filter((entry) => entry.connection === connection);
  }

  /** Refuses a session of a client that has too many: the others need some too. */
  #checkLimits(host: string, replaced: Entry | undefined): void {
    const others = this.#entries.values().filter((entry) => entry !== replaced);
    const hosts = [...this.#opening, ...others.map((entry) => entry.host)];
    if (hosts.length >= MAX_SESSIONS) {
      throw new RtspError(503, `There are ${MAX_SESSIONS} sessions`);
    }
    if (hosts.filter((other) => other === host).length >= MAX_SESSIONS_OF_HOST) {
      throw new RtspError(503, `The host has ${MAX_SESSIONS_OF_HOST} sessions`);
    }
  }

  #requestKeyFrame(entry: Entry): void {
    const isGranted = this.#keyFrameLimits.take(entry.host, performance.now());
    this.#waiting.delete(entry);
    if (isGranted) entry.hub.requestKeyFrame();
    else if (this.#entries.has(entry.session.id)) this.#waiting.add(entry);
  }

  #log(message: string, properties: Readonly<Record<string, unknown>>): void {
    const level = this.#logLimit.take(performance.now()) === undefined ? "debug" : "info";
    logger[level](message, properties);
  }

  /** Returns the channels of an interleaved session. */
  #channels(
    connection: SessionConnection,
    replaced: Entry | undefined,
    wanted: readonly [number, number] = [0, 1],
  ): readonly [number, number] {
    // Two sessions would drop each other's packets when the client is slow.
    const present = this.#interleaved.get(connection);
    if (present !== undefined && present !== replaced) {
      throw new RtspError(455, "A connection carries one stream");
    }
    return wanted;
  }
}
