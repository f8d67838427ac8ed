import type { Child } from "./child.ts";
import { until } from "./until.ts";

/** First port to try, below the ephemeral ports of Linux. */
const FIRST_PORT = 20_000;
const PAIRS = 6_000;

/** Returns an even UDP port, for RTP. Both it and the next port, for RTCP, are free. */
export function freeUdpPorts(): number {
  for (;;) {
    const port = FIRST_PORT + 2 * Math.floor(Math.random() * PAIRS);
    const bound = boundUdpPorts();
    if (!bound.has(port) && !bound.has(port + 1)) return port;
  }
}

/**
 * Waits until a receiver has bound a port. From then on the kernel queues the datagrams sent there.
 *
 * @throws {Error} If the receiver ends first.
 */
export async function untilUdpBound(
  port: number,
  receiver: Child,
  signal: AbortSignal,
): Promise<void> {
  await until(() => receiver.over || boundUdpPorts().has(port), `UDP port ${port}`, signal);
  if (!receiver.over) return;
  const log = receiver.log.lines.join("\n");
  throw new Error(`${receiver.name} ended before it had bound UDP port ${port}:\n${log}`);
}

/**
 * Returns the ports of all UDP sockets of this machine. The second column of the kernel's tables is
 * the local address.
 */
function boundUdpPorts(): Set<number> {
  const ports = new Set<number>();
  for (const table of ["/proc/net/udp", "/proc/net/udp6"]) {
    for (const [, port = ""] of Deno.readTextFileSync(table).matchAll(/^ *\d+: \w+:(\w{4}) /gm)) {
      ports.add(parseInt(port, 16));
    }
  }
  return ports;
}
