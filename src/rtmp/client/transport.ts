import { limitUnsent } from "../../../ffi/tcp.ts";
import type { ErrorCode } from "../../error_code.ts";
import { connectToAny } from "./connect_to_any.ts";
import { RtmpConnectionError } from "../rtmp_error.ts";
import type { RtmpUrl } from "../url.ts";

/** What can be wrong with a server's certificate, in rustls's words, and what to do about it. */
const CERTIFICATE_HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /UnknownIssuer/,
    "DENO_CERT=FILE in the environment has a certificate authority of your own trusted",
  ],
  [
    /CaUsedAsEndEntity/,
    'the server\'s certificate is that of an authority (CA:TRUE, as "openssl req -x509" makes it): make ' +
    "it anew with -addext basicConstraints=critical,CA:FALSE, or have an authority of your own sign " +
    "another for the server",
  ],
  [
    /NotValidForName|not valid for name/,
    "the certificate is for other names: use one of these in the URL, or make it anew with " +
    "-addext subjectAltName=DNS:HOST (IP:ADDRESS for an address)",
  ],
  [/[Ee]xpired/, "the server's certificate has expired, or the clock of this machine is wrong"],
  [
    /NotValidYet|not valid yet/,
    "the server's certificate is not valid yet, or the clock of this machine is wrong",
  ],
];

/** What the kernel may keep before it sends it: a quarter of a second at 1 Mbit/s. */
const UNSENT_BYTES = 32 << 10;

/** How to connect. */
export interface TransportOptions {
  /** Milliseconds for all of it: name, TCP, TLS. */
  readonly timeoutMs: number;
  /** Gives up when aborted. */
  readonly signal?: AbortSignal;
  /** Certificates (PEM) to trust in `rtmps` beside those that the runtime trusts. */
  readonly caCerts?: readonly string[];
}

/**
 * Connects to the server of `url`: TCP, and TLS behind it for `rtmps`. Small messages go out at
 * once (no Nagle delay).
 *
 * @throws {RtmpConnectionError} If it cannot, or not in time.
 */
export async function openTransport(url: RtmpUrl, options: TransportOptions): Promise<Deno.Conn> {
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
    return await Promise.race([connect(url, options, cancelled.signal), stop.promise]);
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

/** Connects; closes again whatever it has by the time that `cancelled` is aborted. */
async function connect(
  { scheme, host: hostname, port }: RtmpUrl,
  { caCerts }: TransportOptions,
  cancelled: AbortSignal,
): Promise<Deno.Conn> {
  const tcp = await connectToAny(hostname, port, cancelled);
  tcp.setNoDelay(true);
  boundKernel(tcp);
  if (scheme === "rtmp") return tcp;
  const tls = await Deno.startTls(tcp, { hostname, caCerts: [...caCerts ?? []] });
  const closeTls = (): void => tls.close();
  cancelled.addEventListener("abort", closeTls, { once: true });
  try {
    // Otherwise a bad certificate would show in the first read only.
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

/** So that a server that does not keep up is felt while what waits can still be dropped. */
function boundKernel(tcp: Deno.TcpConn): void {
  try {
    limitUnsent(tcp, UNSENT_BYTES);
  } catch {
    // Without permission for libraries: the kernel keeps more then.
  }
}

function failure(problem: string, code: ErrorCode, cause?: unknown): RtmpConnectionError {
  return new RtmpConnectionError(`The RTMP server ${problem}`, code, cause);
}
