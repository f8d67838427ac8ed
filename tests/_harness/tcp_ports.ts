import type { Child } from "./child.ts";
import { until } from "./until.ts";

const LISTEN = "0A";

/** A port of the loopback that was free just now. */
export function freeTcpPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { addr } = listener;
  return addr.transport === "tcp" ? addr.port : 0;
}

/**
 * Resolves when a server listens on this port.
 *
 * @throws {Error} When the server ends first.
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

/** Local address, remote address and state are the columns behind the number. */
function isListening(port: number): boolean {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return ["/proc/net/tcp", "/proc/net/tcp6"].some((table) =>
    new RegExp(`^ *\\d+: \\w+:${wanted} \\S+ ${LISTEN} `, "m").test(Deno.readTextFileSync(table))
  );
}
