import { getLogger } from "@logtape/logtape";
import { within } from "../within.ts";
import { Authentication, type Users } from "./authentication.ts";
import type { ConnectionWriter } from "./connection_writer.ts";
import { RtspError } from "./rtsp_error.ts";
import type { RtspRequest, RtspResponse } from "./rtsp_message.ts";
import type { FirstPacket, RtspSession } from "./rtsp_session.ts";
import { RtspSessions, type SessionConnection } from "./rtsp_sessions.ts";
import type { RtspStreams } from "./rtsp_streams.ts";
import { CONTROL, parseRtspUrl, type RtspTarget } from "./rtsp_url.ts";
import type { ConnectionHosts } from "./session_transport.ts";
import { parseTransport, type TransportKind } from "./transport_header.ts";

const logger = getLogger(["cvmmap", "rtsp"]);

/** How long a client waits for the first key frame of a stream. */
const KEY_FRAME_MS = 5000;
/** A connection is closed after this many wrong passwords. */
const MAX_WRONG_PASSWORDS = 5;
/** A connection is closed after this many requests without a right password. */
const MAX_REFUSALS = 20;
/** A connection without a session is closed if no request comes for this long. */
const IDLE_MS = 60_000;
/** The same before the first request that is not refused: whoever may not watch must not occupy a connection. */
const ADMISSION_MS = 30_000;
/** Characters of a request that are repeated in the answer. */
const MAX_ECHO_CHARACTERS = 200;
/** The methods that are answered, for `Public`. */
const METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER, SET_PARAMETER";
const PUBLIC: RtspResponse = { status: 200, headers: { Public: METHODS } };
/** Refusals that are logged: no such stream, and a stream without pictures. */
const NOTABLE: readonly number[] = [404, 503];
const NOT_ALLOWED: RtspResponse = { status: 405, headers: { Allow: METHODS } };
/** Methods of RTSP that a live stream does not have. */
const REFUSED_METHODS: readonly string[] = ["ANNOUNCE", "RECORD", "REDIRECT"];

/** What all clients of a server have in common. */
export interface DialogueOptions {
  readonly streams: RtspStreams;
  readonly sessions: RtspSessions;
  /** Undefined if everyone may watch. */
  readonly users: Users | undefined;
  readonly transports: readonly TransportKind[];
}

/** The connection of a {@linkcode RtspDialogue}. */
export interface DialogueConnection extends SessionConnection, ConnectionHosts {
  readonly writer: ConnectionWriter;
  /** Sends an answer to the request with this number. */
  respond(response: RtspResponse, cseq: string | undefined): void;
}

/** Answers the requests of one client. */
export class RtspDialogue {
  readonly #connection: DialogueConnection;
  readonly #options: DialogueOptions;
  readonly #authentication: Authentication | undefined;
  #wrongPasswords = 0;
  /** Requests without a right password, before the first one with it. */
  #refusals = 0;
  #requestedMs = performance.now();
  /** Whether a request was not refused. */
  #isAdmitted = false;

  constructor(connection: DialogueConnection, options: DialogueOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#authentication = options.users && new Authentication(options.users);
  }

  /** Whether there was no request for too long; refused ones do not count. */
  isIdle(nowMs: number): boolean {
    return nowMs - this.#requestedMs > (this.#isAdmitted ? IDLE_MS : ADMISSION_MS);
  }

  /** Whether a request was granted. */
  get isAdmitted(): boolean {
    return this.#isAdmitted;
  }

  /** Whether the client has sent too many wrong passwords, or requests without one. */
  get isOver(): boolean {
    return this.#wrongPasswords >= MAX_WRONG_PASSWORDS || this.#refusals >= MAX_REFUSALS;
  }

  /** Answers a request. Never rejects. */
  async answer(request: RtspRequest): Promise<void> {
    const given = request.headers.get("cseq");
    const cseq = /^\d{1,10}$/.test(given ?? "") ? given : undefined;
    let response: RtspResponse | undefined;
    try {
      if (cseq === undefined) throw new RtspError(400, "A request has no CSeq");
      response = this.#refusal(request) ?? await this.#admit(request, cseq);
    } catch (error) {
      if (error instanceof RtspError) {
        // Someone must correct a URL or start a camera. Clients handle the other refusals by themselves.
        const level = NOTABLE.includes(error.status) ? "warn" : "debug";
        logger[level]("RTSP client {client}: {method} is refused: {reason}", {
          client: this.#connection.peer,
          method: request.method,
          reason: error.message,
        });
        response = { status: error.status };
      } else {
        logger.error("An RTSP request failed: {error}", { error });
        response = { status: 500 };
      }
    }
    if (response !== undefined) this.#connection.respond(response, cseq);
    if (this.#wrongPasswords < MAX_WRONG_PASSWORDS) return;
    logger.warn("RTSP client {client} is disconnected after {count} wrong passwords", {
      client: this.#connection.peer,
      count: MAX_WRONG_PASSWORDS,
    });
  }

  /** Returns the answer to a request that is refused before it is looked at. */
  #refusal(request: RtspRequest): RtspResponse | undefined {
    const required = request.headers.get("require");
    if (required !== undefined) {
      return { status: 551, headers: { Unsupported: required.slice(0, MAX_ECHO_CHARACTERS) } };
    }
    if (this.#authentication === undefined) return undefined;
    const result = this.#authentication.check(request);
    if (result === "granted") return undefined;
    // Some clients repeat OPTIONS without it, to show that they are alive.
    if (!this.#isAdmitted) this.#refusals++;
    // Clients ask for the methods before they know that they need a password.
    if (request.method === "OPTIONS" && result === "missing") return PUBLIC;
    if (result === "wrong") {
      this.#wrongPasswords++;
      logger.warn("RTSP client {client} has sent a wrong user or password", {
        client: this.#connection.peer,
      });
    }
    const challenges = this.#authentication.challenges(result === "stale");
    return { status: 401, headers: { "WWW-Authenticate": challenges } };
  }

  /** Handles a request that is not refused, which shows that the client is alive. */
  #admit(
    request: RtspRequest,
    cseq: string,
  ): RtspResponse | Promise<RtspResponse | undefined> {
    this.#isAdmitted = true;
    this.#requestedMs = performance.now();
    return this.#handle(request, cseq);
  }

  /** Returns the answer; undefined if it was sent already. */
  #handle(request: RtspRequest, cseq: string): RtspResponse | Promise<RtspResponse | undefined> {
    switch (request.method) {
      case "OPTIONS":
        this.#touchSession(request);
        return PUBLIC;
      case "DESCRIBE":
        return this.#describe(request);
      case "SETUP":
        return this.#setup(request);
      case "PLAY":
        return this.#play(request, cseq);
      case "PAUSE":
        return this.#pause(request);
      case "TEARDOWN":
        return this.#teardown(request);
      case "GET_PARAMETER":
      case "SET_PARAMETER":
        return this.#parameter(request);
      default:
        return REFUSED_METHODS.includes(request.method)
          ? NOT_ALLOWED
          : { status: 501, headers: { Public: METHODS } };
    }
  }

  async #describe(request: RtspRequest): Promise<RtspResponse> {
    const accept = request.headers.get("accept");
    if (accept !== undefined && !/application\/(?:sdp|\*)|\*\/\*/i.test(accept)) {
      return { status: 406 };
    }
    const { name, base } = this.#target(request);
    const family = this.#connection.address.includes(":") ? 6 : 4;
    // Clients with live555, such as VLC, ignore media with feedback. GStreamer asks for no lost packets without it.
    const hasFeedback = /GStreamer/i.test(request.headers.get("user-agent") ?? "");
    const profile = hasFeedback ? "RTP/AVPF" : "RTP/AVP";
    const hub = this.#options.streams.hubOf(name);
    const sdp = await hub.describe(family, profile, KEY_FRAME_MS);
    if (sdp === undefined) throw new RtspError(503, `The stream ${name} gives no pictures`);
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
    if (!await hub.isLive(KEY_FRAME_MS)) {
      throw new RtspError(503, `The stream ${name} gives no pictures`);
    }
    const { address, localAddress, writer } = this.#connection;
    const session = await sessions.open(hub, this.#connection, {
      name,
      transport,
      address,
      localAddress,
      writer,
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
    let isAnswered = false;
    const onFirst = ({ sequenceNumber, rtpTimestamp }: FirstPacket): void => {
      if (!isWaiting) return;
      isAnswered = true;
      const info = `url=${base}${CONTROL};seq=${sequenceNumber};rtptime=${rtpTimestamp}`;
      this.#connection.respond({ status: 200, headers: { ...headers, "RTP-Info": info } }, cseq);
      resolve();
    };
    this.#options.sessions.play(session, onFirst);
    await within(KEY_FRAME_MS, Promise.race([answered, session.ended]));
    if (isAnswered) return undefined;
    isWaiting = false;
    if (!session.isPlaying) throw new RtspError(454, "The session has ended");
    // Without a key frame, the client waits for the camera.
    return { status: 200, headers };
  }

  /**
   * A live stream cannot be paused. But when nothing arrives over UDP, FFmpeg pauses the session before it sets the stream
   * up over TCP, and gives up if it may not.
   */
  #pause(request: RtspRequest): RtspResponse {
    const session = this.#touchSession(request);
    if (session?.transport.kind !== "udp" || !session.isUnheard) return NOT_ALLOWED;
    session.pause();
    return { status: 200, headers: { Session: session.id } };
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

  #session(request: RtspRequest): RtspSession {
    const session = this.#touchSession(request);
    if (session === undefined) throw new RtspError(454, "There is no such session");
    return session;
  }

  /** Returns the session of a request, if there is one, whose client is alive therefore. */
  #touchSession({ headers }: RtspRequest): RtspSession | undefined {
    const [id = ""] = (headers.get("session") ?? "").split(";");
    const session = this.#options.sessions.find(id.trim());
    if (session !== undefined) session.seenMs = performance.now();
    return session;
  }
}
