import type { Child } from "./child.ts";
import { until } from "./until.ts";

/** Below the ports that Linux gives to sockets which ask for none. */
const FIRST_PORT = 20_000;
const PAIRS = 6_000;

/** An even port for RTP that is free, as the next one, for RTCP, is. */
export function freeUdpPorts(): number {
  for (;;) {
    const port = FIRST_PORT + 2 * Math.floor(Math.random() * PAIRS);
    const bound = boundUdpPorts();
    if (!bound.has(port) && !bound.has(port + 1)) return port;
  }
}

/**
 * Resolves when a receiver has bound this port: from then on the system keeps what is sent there.
 *
 * @throws {Error} When the receiver ends first.
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

/** Ports of this machine's UDP sockets; their local address is the second column of the tables. */
function boundUdpPorts(): Set<number> {
  const ports = new Set<number>();
  for (const table of ["/proc/net/udp", "/proc/net/udp6"]) {
    for (const [, port = ""] of Deno.readTextFileSync(table).matchAll(/^ *\d+: \w+:(\w{4}) /gm)) {
      ports.add(parseInt(port, 16));
    }
  }
  return ports;
}
