import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/** Delay before the next address is tried in parallel: Connection Attempt Delay of RFC 8305, 5. */
const NEXT_AFTER_MS = 250;

/**
 * Connects to the first address of a host that accepts the connection. Addresses are tried in the
 * resolver's order, the next one as soon as the previous one fails or is slow. A name may have addresses
 * without a listener, such as `::1` for `localhost`.
 *
 * @param addressesOf Resolves a host name; replaceable for tests.
 * @throws {Error} If every address fails, with the reason of each, or the signal's reason.
 */
export async function connectToAny(
  host: string,
  port: number,
  signal: AbortSignal,
  addressesOf: (host: string) => Promise<readonly string[]> = resolve,
): Promise<Deno.TcpConn> {
  const addresses = await addressesOf(host);
  const won = new AbortController();
  const over = AbortSignal.any([signal, won.signal]);
  const attempts: Promise<Deno.TcpConn>[] = [];
  for (const hostname of addresses) {
    if (over.aborted) break;
    const attempt = connectFirst(hostname, port, over, won);
    attempts.push(attempt);
    await settledOrSlow(attempt, over);
  }
  try {
    // The last address may fail while an earlier, slow one has not answered yet.
    const connection = await Promise.any(attempts);
    if (signal.aborted) connection.close();
    signal.throwIfAborted();
    return connection;
  } catch (error) {
    signal.throwIfAborted();
    throw failureOf(host, addresses, error);
  }
}

/** Connects and aborts `won`. Closes the connection if another attempt was faster. */
async function connectFirst(
  hostname: string,
  port: number,
  over: AbortSignal,
  won: AbortController,
): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname, port });
  if (over.aborted) {
    connection.close();
    throw over.reason;
  }
  won.abort();
  return connection;
}

function failureOf(host: string, addresses: readonly string[], error: unknown): Error {
  if (!(error instanceof AggregateError) || addresses.length === 0) {
    return new Error(`${host} has no address`);
  }
  const reasons = error.errors.map((reason) => reason instanceof Error ? reason.message : reason);
  const [first] = error.errors;
  if (reasons.length === 1 && first instanceof Error) return first;
  const each = reasons.map((reason, at) => `${addresses[at]}: ${reason}`);
  return new Error(each.join("; "), { cause: first });
}

/** Resolves a host name. The resolver repeats each address for every socket type. */
async function resolve(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  return [...new Set((await lookup(host, { all: true })).map(({ address }) => address))];
}

/** Resolves when the attempt has ended or is slow. */
async function settledOrSlow(attempt: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, NEXT_AFTER_MS);
  const settled = (): void => resolve();
  attempt.then(settled, settled);
  signal.addEventListener("abort", settled, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", settled);
}
