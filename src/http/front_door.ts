import { AsyncLocalStorage } from "node:async_hooks";
import { getLogger } from "@logtape/logtape";
import { sendAtOnce, shutDown } from "../../ffi/tcp.ts";
import { sleep } from "../sleep.ts";

/** Maximum number of connections, each of which takes three files. A page with 16 live pictures needs about 20. */
export const MAX_CONNECTIONS = 256;
/**
 * A connection that has received nothing for this long is closed: it is idle, or sends its request too slowly. Longer
 * than any answer takes, and than the usual interval of Prometheus.
 */
const SILENCE_MS = 90_000;
/** Wait after the system has refused to accept a connection, for example because of too many open files. */
const ACCEPT_RETRY_MS = 500;
const CHUNK_BYTES = 16 * 1024;

const logger = getLogger(["cvmmap", "http"]);

/** Options of {@linkcode FrontDoor.open}. */
export interface FrontDoorOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Certificate chain and private key (PEM), for TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Returns the path of the Unix socket that connections are forwarded to. */
  readonly path: () => string;
  /** @default 256 */
  readonly maxConnections?: number;
  /** @default 90000 */
  readonly silenceMs?: number;
}

/** A connection, and when bytes were last sent to its client. */
interface Carried extends Disposable {
  readonly outer: Deno.Conn;
  answeredMs: number;
}

/**
 * Accepts the TCP connections of the HTTP server, and forwards their bytes to it.
 *
 * `Deno.serve` can limit neither connections nor the time that a client takes for its request, and stops accepting for
 * good when the process runs out of files.
 */
export class FrontDoor implements AsyncDisposable {
  readonly #listener: Deno.TcpListener | Deno.TlsListener;
  readonly #options: FrontDoorOptions;
  readonly #carried = new Set<Carried>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #accepting: Promise<void>;
  readonly #closing = new AbortController();

  private constructor(options: FrontDoorOptions) {
    const { host: hostname, port, tls, silenceMs = SILENCE_MS } = options;
    this.#options = options;
    this.#listener = tls === undefined
      ? Deno.listen({ hostname, port })
      : Deno.listenTls({ hostname, port, ...tls });
    this.#timer = setInterval(() => this.#closeSilent(silenceMs), silenceMs / 4);
    // Log lines do not belong to the stream in whose context the server was opened.
    this.#accepting = AsyncLocalStorage.snapshot()(() => this.#accept());
  }

  /** Listens. Throws what `Deno.listen` throws. */
  static open(options: FrontDoorOptions): FrontDoor {
    return new FrontDoor(options);
  }

  /** Port that it listens at. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#carried.size;
  }

  /** Stops listening. Open connections are closed by {@linkcode [Symbol.asyncDispose]}. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    clearInterval(this.#timer);
    this.#listener.close();
  }

  /** Stops listening and closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    for (const carried of this.#carried) carried[Symbol.dispose]();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      let outer: Deno.TcpConn | Deno.TlsConn;
      try {
        outer = await this.#listener.accept();
      } catch (error) {
        if (signal.aborted) return;
        warn("A connection cannot be accepted: {reason}", error);
        await sleep(ACCEPT_RETRY_MS, signal);
        continue;
      }
      const { maxConnections = MAX_CONNECTIONS } = this.#options;
      if (this.#carried.size >= maxConnections) {
        close(outer);
        warn("A connection was refused: {reason}", `${maxConnections} are open`);
        continue;
      }
      this.#carry(outer);
    }
  }

  async #carry(outer: Deno.TcpConn | Deno.TlsConn): Promise<void> {
    // Otherwise the end of a picture waits for the client's delayed acknowledgement of the one before: 40 ms.
    sendAtOnce(outer);
    let inner: Deno.Conn | undefined;
    const carried: Carried = {
      outer,
      answeredMs: performance.now(),
      [Symbol.dispose]: () => {
        // Deno keeps the socket open as long as a write or a TLS handshake is pending, which may be forever.
        shutDown(outer);
        close(outer);
        if (inner !== undefined) close(inner);
      },
    };
    this.#carried.add(carried);
    try {
      inner = await Deno.connect({ transport: "unix", path: this.#options.path() });
      pump(outer, inner).then(() => inner?.closeWrite()).catch(() => carried[Symbol.dispose]());
      await pump(inner, outer, () => carried.answeredMs = performance.now());
    } catch (error) {
      if (inner === undefined) warn("A connection cannot be served: {reason}", error);
      // Otherwise the client has left, or was silent for too long.
    } finally {
      carried[Symbol.dispose]();
      this.#carried.delete(carried);
    }
  }

  #closeSilent(silenceMs: number): void {
    const nowMs = performance.now();
    for (const carried of this.#carried) {
      if (nowMs - carried.answeredMs >= silenceMs) carried[Symbol.dispose]();
    }
  }
}

function warn(message: string, cause: unknown): void {
  logger.warn(message, { reason: cause instanceof Error ? cause.message : String(cause) });
}

/** Copies bytes until the end of `from`. */
async function pump(from: Deno.Conn, to: Deno.Conn, onChunk = () => {}): Promise<void> {
  const bytes = new Uint8Array(CHUNK_BYTES);
  for (let count = await from.read(bytes); count !== null; count = await from.read(bytes)) {
    for (let sent = 0; sent < count;) sent += await to.write(bytes.subarray(sent, count));
    onChunk();
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
