import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/** An address that has not answered for so long is not waited for alone (RFC 8305, 5). */
const NEXT_AFTER_MS = 250;

/**
 * Connects to the first of a host's addresses that takes it: in the resolver's order, each next one when the
 * one before has failed or is slow. A name may have addresses at which nobody listens, as `localhost` has `::1`.
 *
 * @param addressesOf Finds them; a test brings its own.
 * @throws What the last address was refused for, or the signal's reason.
 */
export async function connectToAny(
  host: string,
  port: number,
  signal: AbortSignal,
  addressesOf: (host: string) => Promise<readonly string[]> = resolve,
): Promise<Deno.TcpConn> {
  const attempts: Promise<Deno.TcpConn>[] = [];
  let winner: Deno.TcpConn | undefined;
  for (const hostname of await addressesOf(host)) {
    if (winner !== undefined || signal.aborted) break;
    const attempt = Deno.connect({ hostname, port });
    attempts.push(attempt);
    attempt.then((connection) => {
      if (winner === undefined && !signal.aborted) winner = connection;
      else connection.close();
    }, () => {});
    await turnOfNext(attempt, signal);
  }
  // The last address may be refused while an earlier, slow one is still to answer.
  await Promise.any(attempts).catch(() => {});
  if (signal.aborted) winner?.close();
  signal.throwIfAborted();
  return winner ?? await attempts.at(-1) ?? Promise.reject(new Error(`${host} has no address`));
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
