import { getLogger } from "@logtape/logtape";
import { unixUs } from "../../ffi/clock.ts";
import { shutDown } from "../../ffi/tcp.ts";
import { within } from "../within.ts";
import { Authentication, type Users } from "./authentication.ts";
import { ConnectionWriter } from "./connection_writer.ts";
import { MessageReader } from "./message_reader.ts";
import { RtspError } from "./rtsp_error.ts";
import { formatResponse, type RtspRequest, type RtspResponse } from "./rtsp_message.ts";
import type { FirstPacket, RtspSession } from "./rtsp_session.ts";
import { RtspSessions, type SessionConnection } from "./rtsp_sessions.ts";
import { CONTROL, parseRtspUrl, type RtspTarget } from "./rtsp_url.ts";
import type { RtspStreams } from "./rtsp_streams.ts";
import { parseTransport, type TransportKind } from "./transport_header.ts";

const logger = getLogger(["cvmmap", "rtsp"]);

/** How long a client waits for the first key frame of a stream. */
const KEY_FRAME_MS = 5000;
/** A connection is closed after this many wrong passwords. */
const MAX_WRONG_PASSWORDS = 5;
/** Time to write a last answer before the connection is closed. */
const GOODBYE_MS = 500;
/** The methods that are answered, for `Public`. */
const METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER, SET_PARAMETER";
/** Methods of RTSP that a live stream does not have. */
const REFUSED_METHODS: readonly string[] = ["PAUSE", "ANNOUNCE", "RECORD", "REDIRECT"];

/** What all connections of a server have in common. */
export interface ConnectionOptions {
  readonly streams: RtspStreams;
  readonly sessions: RtspSessions;
  /** Undefined if everyone may watch. */
  readonly users: Users | undefined;
  readonly transports: readonly TransportKind[];
}

/** One connection of a client. */
export class RtspConnection implements SessionConnection {
  readonly #connection: Deno.TcpConn | Deno.TlsConn;
  readonly #options: ConnectionOptions;
  readonly #reader = new MessageReader();
  readonly #writer: ConnectionWriter;
  readonly #authentication: Authentication | undefined;
  readonly #closed = Promise.withResolvers<void>();
  /** Address of the client's host. */
  readonly #address: string;
  #wrongPasswords = 0;
  #isClosed = false;
  /** Monotonic time in milliseconds of the last request. */
  requestedMs = performance.now();

  constructor(connection: Deno.TcpConn | Deno.TlsConn, options: ConnectionOptions) {
    this.#connection = connection;
    // A server at [::] gets clients with IPv4 in this form (RFC 4291, 2.5.5.2).
    this.#address = connection.remoteAddr.hostname.replace(/^::ffff:(?=\d+\.)/i, "");
    this.#options = options;
    this.#writer = new ConnectionWriter(connection, () => this.close());
    this.#authentication = options.users && new Authentication(options.users);
  }

  /** Address of the client, for logs. */
  get peer(): string {
    const { port } = this.#connection.remoteAddr;
    return this.#address.includes(":") ? `[${this.#address}]:${port}` : `${this.#address}:${port}`;
  }

  /** Whether the connection is closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** How long the client has read nothing although something waits for it, in milliseconds. */
  stalledMs(nowMs: number): number {
    return this.#writer.stalledMs(nowMs);
  }

  /** Answers requests until the client leaves. Never rejects. */
  async run(): Promise<void> {
    try {
      for (;;) {
        const message = this.#reader.next();
        if (message === undefined) {
          const count = await this.#connection.read(this.#reader.space());
          if (count === null) return;
          this.#reader.add(count);
        } else if (message.kind === "packet") {
          this.#options.sessions.receive(this, message.channel, message.bytes, unixUs());
        } else {
          this.requestedMs = performance.now();
          await this.#answer(message);
        }
      }
    } catch (error) {
      if (error instanceof RtspError) {
        logger.warn("{client}: {reason}", { client: this.peer, reason: error.message });
        this.#respond({ status: error.status }, undefined);
        await this.#goodbye();
      }
      // Otherwise the client has left.
    } finally {
      this.close();
      this.#options.sessions.connectionClosed(this);
    }
  }

  /** Closes the connection. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closed.resolve();
    // Deno keeps the socket open as long as a write or a TLS handshake is pending, which may be forever.
    shutDown(this.#connection);
    try {
      this.#connection.close();
    } catch {
      // It is closed already.
    }
  }

  /** Closes the connection, after what waits was written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#goodbye();
    this.close();
  }

  async #goodbye(): Promise<void> {
    await within(GOODBYE_MS, Promise.race([this.#writer.flushed(), this.#closed.promise]));
  }

  async #answer(request: RtspRequest): Promise<void> {
    const cseq = request.headers.get("cseq");
    let response: RtspResponse | undefined;
    try {
      if (cseq === undefined || !/^\d{1,10}$/.test(cseq)) {
        throw new RtspError(400, "A request has no CSeq");
      }
      response = this.#refusal(request) ?? await this.#handle(request, cseq);
    } catch (error) {
      if (error instanceof RtspError) {
        logger.debug("{client}: {method} is refused: {reason}", {
          client: this.peer,
          method: request.method,
          reason: error.message,
        });
        response = { status: error.status };
      } else {
        logger.error("An RTSP request failed: {error}", { error });
        response = { status: 500 };
      }
    }
    if (response !== undefined) this.#respond(response, cseq);
    if (this.#wrongPasswords < MAX_WRONG_PASSWORDS) return;
    await this.#goodbye();
    this.close();
  }

  #respond(response: RtspResponse, cseq: string | undefined): void {
    this.#writer.write(formatResponse(response, cseq));
  }

  /** Returns the answer to a request that is refused before it is looked at. */
  #refusal(request: RtspRequest): RtspResponse | undefined {
    const required = request.headers.get("require");
    if (required !== undefined) return { status: 551, headers: { Unsupported: required } };
    if (this.#authentication === undefined || request.method === "OPTIONS") return undefined;
    const result = this.#authentication.check(request);
    if (result === "granted") return undefined;
    if (result === "wrong") {
      this.#wrongPasswords++;
      this.#options.sessions.warnWrongPassword(this.peer);
    }
    const challenges = this.#authentication.challenges(result === "stale");
    return { status: 401, headers: { "WWW-Authenticate": challenges } };
  }

  /** Returns the answer; undefined if it was sent already. */
  #handle(request: RtspRequest, cseq: string): RtspResponse | Promise<RtspResponse | undefined> {
    switch (request.method) {
      case "OPTIONS":
        return { status: 200, headers: { Public: METHODS } };
      case "DESCRIBE":
        return this.#describe(request);
      case "SETUP":
        return this.#setup(request);
      case "PLAY":
        return this.#play(request, cseq);
      case "TEARDOWN":
        return this.#teardown(request);
      case "GET_PARAMETER":
      case "SET_PARAMETER":
        return this.#parameter(request);
      default:
        return REFUSED_METHODS.includes(request.method)
          ? { status: 405, headers: { Allow: METHODS } }
          : { status: 501, headers: { Public: METHODS } };
    }
  }

  async #describe(request: RtspRequest): Promise<RtspResponse> {
    const accept = request.headers.get("accept");
    if (accept !== undefined && !/application\/(?:sdp|\*)|\*\/\*/i.test(accept)) {
      return { status: 406 };
    }
    const { name, base } = this.#target(request);
    const family = this.#address.includes(":") ? 6 : 4;
    // Clients with live555, such as VLC, ignore media with feedback. GStreamer asks for no lost packets without it.
    const hasFeedback = /GStreamer/i.test(request.headers.get("user-agent") ?? "");
    const profile = hasFeedback ? "RTP/AVPF" : "RTP/AVP";
    const hub = this.#options.streams.hubOf(name);
    const sdp = await hub.describe(family, profile, KEY_FRAME_MS);
    if (sdp === undefined) throw new RtspError(503, `The stream ${name} has no picture yet`);
    return {
      status: 200,
      headers: { "Content-Base": base, "Content-Type": "application/sdp" },
      body: sdp,
    };
  }

  async #setup(request: RtspRequest): Promise<RtspResponse> {
    const { sessions, transports, streams } = this.#options;
    if (request.headers.has("session")) return { status: 455 };
    const { name } = this.#target(request);
    const requested = parseTransport(request.headers.get("transport") ?? "");
    const transport = requested.find(({ kind }) => transports.includes(kind));
    if (transport === undefined) return { status: 461 };
    const hub = streams.hubOf(name);
    if (!await hub.hasFormat(KEY_FRAME_MS)) {
      throw new RtspError(503, `The stream ${name} has no picture yet`);
    }
    const session = await sessions.open(hub, this, {
      name,
      transport,
      address: this.#address,
      writer: this.#writer,
    });
    const ssrc = hub.stream?.ssrc.toString(16).toUpperCase().padStart(8, "0");
    const lower = transport.kind === "tcp" ? "/TCP" : "";
    return {
      status: 200,
      headers: {
        Transport: `${transport.profile}${lower};unicast;${session.transport.parameters};` +
          `ssrc=${ssrc};mode="PLAY"`,
        Session: `${session.id};timeout=${RtspSessions.timeoutS}`,
      },
    };
  }

  /** Answers when the key frame is about to be sent, whose first packet `RTP-Info` announces. */
  async #play(request: RtspRequest, cseq: string): Promise<RtspResponse | undefined> {
    const session = this.#session(request);
    const headers = { Session: session.id, Range: "npt=now-" };
    if (session.isPlaying) return { status: 200, headers };
    const { base } = this.#target(request);
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    let isWaiting = true;
    const onFirst = ({ sequenceNumber, rtpTimestamp }: FirstPacket): void => {
      if (!isWaiting) return;
      const info = `url=${base}${CONTROL};seq=${sequenceNumber};rtptime=${rtpTimestamp}`;
      this.#respond({ status: 200, headers: { ...headers, "RTP-Info": info } }, cseq);
      resolve();
    };
    this.#options.sessions.play(session, onFirst);
    const hasBegun = await within(KEY_FRAME_MS, Promise.race([answered, this.#closed.promise]));
    isWaiting = false;
    // Without a key frame, the client waits for the camera.
    return hasBegun ? undefined : { status: 200, headers };
  }

  async #teardown(request: RtspRequest): Promise<RtspResponse> {
    const session = this.#session(request);
    await this.#options.sessions.end(session, "has left");
    return { status: 200, headers: { Session: session.id } };
  }

  /** Clients use these requests to show that they are alive. There are no parameters. */
  #parameter(request: RtspRequest): RtspResponse {
    const headers = request.headers.has("session") ? { Session: this.#session(request).id } : {};
    return { status: request.body.length > 0 ? 451 : 200, headers };
  }

  #target({ url }: RtspRequest): RtspTarget {
    const target = parseRtspUrl(url);
    if (target === undefined) throw new RtspError(404, "A URL names no stream");
    const name = this.#options.streams.nameOf(target.name);
    return { name, base: target.base };
  }

  #session({ headers }: RtspRequest): RtspSession {
    const [id = ""] = (headers.get("session") ?? "").split(";");
    const session = this.#options.sessions.find(id.trim());
    if (session === undefined) throw new RtspError(454, "There is no such session");
    session.seenMs = performance.now();
    return session;
  }
}
