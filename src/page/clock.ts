/// <reference lib="dom" />

/** Measurements that the best one is taken of. */
const KEPT = 16;

/** Returns this machine's Unix time in milliseconds, with a fraction. */
export function localUnixMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Offset of the server's clock, from round trips over the socket (Cristian's algorithm). */
export class ServerClock {
  #trips: { readonly tripMs: number; readonly offsetMs: number }[] = [];

  /** Takes a reply. The quickest round trip has the smallest error. */
  onReply(sentMs: number, receivedMs: number, serverUnixMs: number): void {
    const tripMs = receivedMs - sentMs;
    this.#trips.push({ tripMs, offsetMs: serverUnixMs - (sentMs + receivedMs) / 2 });
    if (this.#trips.length > KEPT) this.#trips.shift();
  }

  /** Returns the server's Unix time in milliseconds; undefined before the first reply. */
  nowMs(): number | undefined {
    const [first, ...others] = this.#trips;
    if (first === undefined) return undefined;
    const best = others.reduce((a, b) => b.tripMs < a.tripMs ? b : a, first);
    return localUnixMs() + best.offsetMs;
  }
}
