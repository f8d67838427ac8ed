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

/**
 * One end of a TCP connection over IPv4, as a file of this process. Counts of open files would not do: other tests open
 * files in the same process.
 */
export class SocketFile {
  readonly #link: string;

  /** Takes the connected end that has `localPort`; its peer has `remotePort`. */
  constructor(localPort: number, remotePort: number) {
    const inode = Deno.readTextFileSync("/proc/self/net/tcp")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .find(([, local, remote]) => portOf(local) === localPort && portOf(remote) === remotePort)
      ?.[9];
    if (inode === undefined) throw new Error(`No socket is connected to port ${remotePort}`);
    this.#link = `socket:[${inode}]`;
    if (!this.isOpen()) throw new Error(`No file is open for ${this.#link}`);
  }

  /** Returns whether this process has it open. */
  isOpen(): boolean {
    return [...Deno.readDirSync("/proc/self/fd")].some(({ name }) => {
      try {
        return Deno.readLinkSync(`/proc/self/fd/${name}`) === this.#link;
      } catch (error) {
        // Another test has closed it meanwhile.
        if (error instanceof Deno.errors.NotFound) return false;
        throw error;
      }
    });
  }
}

/** Returns the port of an address such as `0100007F:1F90`. */
function portOf(address = ""): number {
  return Number.parseInt(address.split(":")[1] ?? "", 16);
}
