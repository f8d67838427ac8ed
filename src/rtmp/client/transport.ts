import { limitUnsent, shutDown } from "../../../ffi/tcp.ts";
import type { ErrorCode } from "../../error_code.ts";
import { connectToAny } from "./connect_to_any.ts";
import { RtmpConnectionError } from "../rtmp_error.ts";
import type { ByteStream } from "./rtmp_connection.ts";
import type { RtmpUrl } from "../url.ts";

/** Certificate errors of rustls, and what to do about them. */
const CERTIFICATE_HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /UnknownIssuer/,
    "set DENO_CERT=FILE in the environment to trust your own certificate authority",
  ],
  [
    /CaUsedAsEndEntity/,
    'the server\'s certificate is a CA certificate (CA:TRUE, the default of "openssl req -x509"): create ' +
    "it again with -addext basicConstraints=critical,CA:FALSE, or sign a certificate for the server " +
    "with your own CA",
  ],
  [
    /NotValidForName|not valid for name/,
    "the certificate is for other names: use one of these in the URL, or create it again with " +
    "-addext subjectAltName=DNS:HOST (IP:ADDRESS for an address)",
  ],
  [/[Ee]xpired/, "the server's certificate has expired, or the clock of this machine is wrong"],
  [
    /NotValidYet|not valid yet/,
    "the server's certificate is not valid yet, or the clock of this machine is wrong",
  ],
];

/** Unsent bytes that the kernel may buffer: a quarter of a second at 1 Mbit/s. */
const UNSENT_BYTES = 32 << 10;

/** Options of {@linkcode openTransport}. */
export interface TransportOptions {
  /** Limit for the whole connection (name, TCP, TLS) in milliseconds. */
  readonly timeoutMs: number;
  /** Cancels the attempt. */
  readonly signal?: AbortSignal;
  /** Certificates (PEM) to trust for `rtmps` in addition to those of the runtime. */
  readonly caCerts?: readonly string[];
}

/**
 * Connects to the server of `url` by TCP, with TLS for `rtmps`. Nagle's algorithm is disabled, so that
 * small messages are sent immediately.
 *
 * @throws {RtmpConnectionError} If the connection fails or takes too long.
 */
export async function openTransport(url: RtmpUrl, options: TransportOptions): Promise<ByteStream> {
  const { timeoutMs, signal } = options;
  signal?.throwIfAborted();
  const where = `${url.host.includes(":") ? `[${url.host}]` : url.host}:${url.port}`;
  const stop = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => stop.reject(failure(`${where} does not answer within ${timeoutMs} ms`, "rtmp_timeout")),
    timeoutMs,
  );
  const abort = (): void => stop.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const cancelled = new AbortController();
  try {
    return closedAtOnce(
      await Promise.race([connect(url, options, cancelled.signal), stop.promise]),
    );
  } catch (error) {
    cancelled.abort();
    if (signal?.aborted || error instanceof RtmpConnectionError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const [, hint] = CERTIFICATE_HINTS.find(([pattern]) => pattern.test(reason)) ?? [];
    const advice = hint === undefined ? "" : `; ${hint}`;
    throw failure(`${where} cannot be reached: ${reason}${advice}`, "rtmp_connect", error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** Connects. Closes everything that it has opened if `cancelled` is aborted. */
async function connect(
  { scheme, host: hostname, port }: RtmpUrl,
  { caCerts }: TransportOptions,
  cancelled: AbortSignal,
): Promise<Deno.TcpConn | Deno.TlsConn> {
  const tcp = await connectToAny(hostname, port, cancelled);
  tcp.setNoDelay(true);
  limitKernelBuffer(tcp);
  if (scheme === "rtmp") return tcp;
  const tls = await Deno.startTls(tcp, { hostname, caCerts: [...caCerts ?? []] });
  const closeTls = (): void => tls.close();
  cancelled.addEventListener("abort", closeTls, { once: true });
  try {
    // Otherwise a bad certificate would only show in the first read.
    await tls.handshake();
  } catch (error) {
    if (!cancelled.aborted) tls.close();
    throw error;
  } finally {
    cancelled.removeEventListener("abort", closeTls);
  }
  cancelled.throwIfAborted();
  return tls;
}

/**
 * Returns a connection whose end does not wait for a server that reads nothing: Deno keeps the socket open as long as a
 * write is pending.
 */
function closedAtOnce(connection: Deno.TcpConn | Deno.TlsConn): ByteStream {
  return {
    read: (bytes) => connection.read(bytes),
    write: (bytes) => connection.write(bytes),
    closeWrite: () => connection.closeWrite(),
    close: () => {
      withFfi(() => shutDown(connection));
      connection.close();
    },
  };
}

/** Keeps the backlog in our own queue, where frames can still be dropped if the server is slow. */
function limitKernelBuffer(tcp: Deno.TcpConn): void {
  withFfi(() => limitUnsent(tcp, UNSENT_BYTES));
}

/** Does what improves a connection, but is not necessary. */
function withFfi(action: () => void): void {
  try {
    action();
  } catch {
    // There is no FFI permission.
  }
}

function failure(problem: string, code: ErrorCode, cause?: unknown): RtmpConnectionError {
  return new RtmpConnectionError(`The RTMP server ${problem}`, code, cause);
}
