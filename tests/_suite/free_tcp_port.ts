/** Below the ports that Linux gives to sockets which ask for none. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/**
 * A TCP port of 127.0.0.1 that is free. It is no port that the system hands out, so that no connection
 * takes it before its server has come up; and it is drawn by chance, so that two suites at once hardly
 * ever draw the same.
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
