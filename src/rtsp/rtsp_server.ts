import { AsyncLocalStorage } from "node:async_hooks";
import { getLogger } from "@logtape/logtape";
import { prepareShim } from "../../ffi/shim.ts";
import { limitUnsent, sendAtOnce } from "../../ffi/tcp.ts";
import { StreamerError } from "../errors.ts";
import { sleep } from "../sleep.ts";
import type { Users } from "./authentication.ts";
import { refusal } from "./host_limits.ts";
import { RtspConnection, unmapped } from "./rtsp_connection.ts";
import { RtspSessions } from "./rtsp_sessions.ts";
import { Turns } from "./turns.ts";
import { type RtspSources, RtspStreams } from "./rtsp_streams.ts";
import type { TransportKind } from "./transport_header.ts";

const logger = getLogger(["cvmmap", "rtsp"]);

/** A client that reads nothing for this long is disconnected. */
const STALL_MS = 10_000;
const CHECK_EVERY_MS = 1000;
/** Wait after the system has refused to accept a connection, for example because of too many open files. */
const ACCEPT_RETRY_MS = 500;
/** More would hide for seconds that a client is slow. */
const MAX_UNSENT_BYTES = 128 * 1024;

/** Options of {@linkcode RtspServer.open}. */
export interface RtspServerOptions {
  /** Literal address or `localhost`. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Undefined if everyone may watch. */
  readonly users?: Users | undefined;
  /** Transports that clients may choose. With TLS, only `tcp` is offered: packets over UDP would not be encrypted. */
  readonly transports?: readonly TransportKind[];
  /** Certificate chain and private key (PEM), for RTSPS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** Serves streams over RTSP 1.0 (RFC 2326). */
export class RtspServer implements AsyncDisposable {
  readonly #listener: Deno.TcpListener | Deno.TlsListener;
  readonly #options: Required<Pick<RtspServerOptions, "transports">> & RtspServerOptions;
  readonly #streams: RtspStreams;
  readonly #sessions = new RtspSessions();
  readonly #connections = new Map<RtspConnection, Promise<void>>();
  readonly #turns = new Turns();
  readonly #closing = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #accepting: Promise<void>;

  private constructor(
    listener: Deno.TcpListener | Deno.TlsListener,
    options: RtspServerOptions,
    sources: RtspSources,
  ) {
    this.#listener = listener;
    const { transports = ["tcp", "udp"], tls } = options;
    this.#options = { ...options, transports: tls === undefined ? transports : ["tcp"] };
    this.#streams = new RtspStreams(sources);
    // Log lines do not belong to the stream in whose context the server was opened.
    const inContext = AsyncLocalStorage.snapshot();
    this.#timer = setInterval(() => inContext(() => this.#check()), CHECK_EVERY_MS);
    this.#accepting = inContext(() => this.#accept());
  }

  /**
   * Listens.
   *
   * @throws {StreamerError} The address is not available, or the certificate is invalid.
   */
  static async open(options: RtspServerOptions, sources: RtspSources): Promise<RtspServer> {
    await prepareShim();
    const { host: hostname, port, tls } = options;
    const scheme = tls === undefined ? "rtsp" : "rtsps";
    let listener: Deno.TcpListener | Deno.TlsListener;
    try {
      listener = tls === undefined
        ? Deno.listen({ hostname, port })
        : Deno.listenTls({ hostname, port, ...tls });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StreamerError(`Cannot serve RTSP at ${urlOf(scheme, hostname, port)}: ${reason}`, {
        code: "rtsp_listen_failed",
        cause,
      });
    }
    const server = new RtspServer(listener, options, sources);
    const [only, ...others] = sources.names();
    const name = only === undefined || others.length > 0 ? "NAME" : encodeURIComponent(only);
    logger.info("Serving RTSP at {url}", {
      url: `${urlOf(scheme, hostname, server.port)}/${name}`,
    });
    return server;
  }

  /** Port that it listens at. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Number of sessions. */
  get sessions(): number {
    return this.#sessions.count;
  }

  /** Stops listening, ends all sessions and closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    clearInterval(this.#timer);
    this.#listener.close();
    this.#streams.stop();
    await this.#sessions[Symbol.asyncDispose]();
    await this.#streams[Symbol.asyncDispose]();
    for (const connection of this.#connections.keys()) connection.close();
    this.#turns[Symbol.dispose]();
    await Promise.all([...this.#connections.values(), this.#accepting]);
  }

  async #accept(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      let connection: Deno.TcpConn | Deno.TlsConn;
      try {
        connection = await this.#listener.accept();
      } catch (error) {
        if (signal.aborted) return;
        logger.warn("An RTSP connection cannot be accepted: {error}", { error });
        await sleep(ACCEPT_RETRY_MS, signal);
        continue;
      }
      const reason = refusal(
        this.#connections.keys(),
        unmapped(connection.remoteAddr.hostname),
      );
      if (reason === undefined) this.#serve(connection);
      else {
        logger.warn("An RTSP connection was refused: {reason}", { reason });
        connection.close();
      }
    }
  }

  #serve(tcp: Deno.TcpConn | Deno.TlsConn): void {
    // Otherwise the end of a picture waits for the client's delayed acknowledgement of the one before: 40 ms.
    sendAtOnce(tcp);
    limitUnsent(tcp, MAX_UNSENT_BYTES);
    const connection = new RtspConnection(tcp, {
      streams: this.#streams,
      sessions: this.#sessions,
      users: this.#options.users,
      transports: this.#options.transports,
    }, this.#turns);
    const running = connection.run().finally(() => this.#connections.delete(connection));
    this.#connections.set(connection, running);
  }

  #check(): void {
    const nowMs = performance.now();
    this.#sessions.requestWaiting();
    this.#sessions.endDead(nowMs);
    this.#streams.releaseUnused(nowMs);
    for (const connection of this.#connections.keys()) {
      const isIdle = connection.isIdle(nowMs) && !this.#sessions.isUsing(connection);
      if (connection.stalledMs(nowMs) > STALL_MS) {
        logger.warn("RTSP client {client} is disconnected: it has read nothing for {seconds} s", {
          client: connection.peer,
          seconds: STALL_MS / 1000,
        });
      } else if (!isIdle) continue;
      connection.close();
    }
  }
}

function urlOf(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
