import type { Child } from "./child.ts";
import { until } from "./until.ts";

/** First port to try, below the ephemeral ports of Linux. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** State of a listening socket in `/proc/net/tcp`. */
const LISTEN = "0A";

/**
 * Returns a free TCP port of 127.0.0.1. It is not an ephemeral port, so no outgoing connection
 * takes it before the server listens. It is chosen at random, so that tests which run at the same
 * time rarely choose the same one.
 */
export function freeTcpPort(): number {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/**
 * Waits until a server listens on a port.
 *
 * @throws {Error} If the server ends first.
 */
export async function untilListening(
  port: number,
  server: Child,
  signal: AbortSignal,
): Promise<void> {
  await until(() => server.over || isListening(port), `TCP port ${port}`, signal);
  if (!server.over) return;
  const log = server.log.lines.join("\n");
  throw new Error(`${server.name} ended before it listened on TCP port ${port}:\n${log}`);
}

/**
 * Looks a port up in the kernel's tables. After the row number they have the local address, the
 * remote address and the state.
 */
function isListening(port: number): boolean {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return ["/proc/net/tcp", "/proc/net/tcp6"].some((table) =>
    new RegExp(`^ *\\d+: \\w+:${wanted} \\S+ ${LISTEN} `, "m").test(Deno.readTextFileSync(table))
  );
}
