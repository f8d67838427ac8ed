/** What can be written to. */
interface Writer {
  write(bytes: Uint8Array): Promise<number>;
}

/**
 * Writes to a peer that reads nothing, until the buffers of the system are full.
 *
 * @returns The writing that waits; it rejects when the connection is closed.
 */
export async function stalledWrite(
  connection: Writer,
): Promise<{ readonly writing: Promise<never> }> {
  let writes = 0;
  const writing = (async () => {
    for (;; writes++) await connection.write(new Uint8Array(1 << 20));
  })();
  writing.catch(() => {});
  for (let seen = -1; seen !== writes;) {
    seen = writes;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { writing };
}

/** Returns the number of open files of this process. */
export function openFiles(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}
