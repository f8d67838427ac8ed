import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/** An address that has not answered for so long is not waited for alone (RFC 8305, 5). */
const NEXT_AFTER_MS = 250;

/**
 * Connects to the first of a host's addresses that takes it: in the resolver's order, each next one when the
 * one before has failed or is slow. A name may have addresses at which nobody listens, as `localhost` has `::1`.
 *
 * @param addressesOf Finds them; a test brings its own.
 * @throws {Error} Why each address refused, or the signal's reason.
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
    await turnOfNext(attempt, over);
  }
  try {
    // The last address may be refused while an earlier, slow one is still to answer.
    const connection = await Promise.any(attempts);
    if (signal.aborted) connection.close();
    signal.throwIfAborted();
    return connection;
  } catch (error) {
    signal.throwIfAborted();
    throw refusal(host, addresses, error);
  }
}

/** Connects, and wins, unless it is over by then. */
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

function refusal(host: string, addresses: readonly string[], error: unknown): Error {
  if (!(error instanceof AggregateError) || addresses.length === 0) {
    return new Error(`${host} has no address`);
  }
  const reasons = error.errors.map((reason) => reason instanceof Error ? reason.message : reason);
  const [first] = error.errors;
  if (reasons.length === 1 && first instanceof Error) return first;
  const each = reasons.map((reason, at) => `${addresses[at]}: ${reason}`);
  return new Error(each.join("; "), { cause: first });
}

/** The resolver repeats an address for each kind of socket. */
async function resolve(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  return [...new Set((await lookup(host, { all: true })).map(({ address }) => address))];
}

/** Resolves when this attempt has ended, or is slow. */
async function turnOfNext(attempt: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, NEXT_AFTER_MS);
  const settled = (): void => resolve();
  attempt.then(settled, settled);
  signal.addEventListener("abort", settled, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", settled);
}
