/** Constants of Linux on x86-64 and ARM64. */
const [SOL_SOCKET, SO_RCVBUF, IPPROTO_TCP, TCP_MAXSEG] = [1, 8, 6, 2] as const;
/**
 * Segment size of Ethernet. The loopback's segments are 64 KiB, and send buffers grow with them.
 */
const SEGMENT_BYTES = 1400;
const [ESTABLISHED, LISTEN] = ["01", "0A"] as const;

/** Stays open; every process has libc loaded anyway. */
const libc = Deno.dlopen("libc.so.6", {
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
});

/**
 * Limits how much data the connections of a listening socket of this process can buffer: with a
 * small receive buffer, and with Ethernet-sized segments, which keep the send buffer below about a
 * megabyte. Default loopback connections buffer four megabytes and more, so that a sender notices a
 * stall seconds late. Must be called before a client connects, because accepted sockets inherit the
 * options.
 *
 * @param port Port of the listening socket on 127.0.0.1.
 * @param receiveBufferBytes Size of the receive buffer; Linux doubles it.
 * @throws {Error} If there is no such socket, or `setsockopt` fails.
 */
export function shrinkBuffers(port: number, receiveBufferBytes: number): void {
  const fd = descriptorOf(port);
  for (
    const [level, option, value] of [
      [SOL_SOCKET, SO_RCVBUF, receiveBufferBytes],
      [IPPROTO_TCP, TCP_MAXSEG, SEGMENT_BYTES],
    ] as const
  ) {
    const result = libc.symbols.setsockopt(fd, level, option, new Int32Array([value]), 4);
    if (result !== 0) throw new Error(`setsockopt failed for option ${option} at port ${port}`);
  }
}

/**
 * Returns the bytes in the socket buffers of both ends of the connections to a port of 127.0.0.1.
 * The fifth column of the table has the sizes of the send and receive queues.
 */
export function heldBytes(port: number): number {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const lines = new RegExp(
    `^ *\\d+: (?=.{0,14}0100007F:${wanted} )\\w+:\\w+ \\w+:\\w+ ${ESTABLISHED} (\\w+):(\\w+) `,
    "gm",
  );
  return Array.from(Deno.readTextFileSync("/proc/net/tcp").matchAll(lines))
    .reduce((sum, [, sent = "", read = ""]) => sum + parseInt(sent, 16) + parseInt(read, 16), 0);
}

/**
 * Returns the file descriptor of the listening socket. After the row number the table has the local
 * address, the remote address and the state; the tenth column is the inode.
 */
function descriptorOf(port: number): number {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const line = new RegExp(`^ *\\d+: 0100007F:${wanted} \\S+ ${LISTEN}(?: +\\S+){5} +(\\d+)`, "m");
  const [, inode] = line.exec(Deno.readTextFileSync("/proc/net/tcp")) ?? [];
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    if (targetOf(name) === `socket:[${inode}]`) return Number(name);
  }
  throw new Error(`This process does not listen at TCP port ${port} of 127.0.0.1`);
}

/**
 * Returns the target of a descriptor. The descriptor that reads the directory is already closed.
 */
function targetOf(descriptor: string): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return undefined;
  }
}
