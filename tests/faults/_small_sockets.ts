/** `SOL_SOCKET`, `SO_RCVBUF`, `IPPROTO_TCP`, `TCP_MAXSEG` of Linux, on x86-64 and ARM64. */
const [SOL_SOCKET, SO_RCVBUF, IPPROTO_TCP, TCP_MAXSEG] = [1, 8, 6, 2] as const;
/** What an Ethernet carries. The loopback's segments are 64 KiB, and senders' buffers grow with them. */
const SEGMENT_BYTES = 1400;
const [ESTABLISHED, LISTEN] = ["01", "0A"] as const;

/** Stays open: every process has it anyway. */
const libc = Deno.dlopen("libc.so.6", {
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
});

/**
 * Makes the connections of a listening socket of this process hold little: by a small receive buffer, and
 * by segments of an Ethernet, which keep the sender's buffer below some megabyte. The loopback's own hold
 * four and more, so that a sender learns of a stall seconds later. To be called before anybody connects:
 * what is accepted inherits it.
 *
 * @param port That it listens at, on 127.0.0.1.
 * @param receiveBufferBytes The system doubles it, for its own needs.
 * @throws {Error} If there is no such socket, or the system refuses.
 */
export function makeSmall(port: number, receiveBufferBytes: number): void {
  const fd = descriptorOf(port);
  for (
    const [level, option, value] of [
      [SOL_SOCKET, SO_RCVBUF, receiveBufferBytes],
      [IPPROTO_TCP, TCP_MAXSEG, SEGMENT_BYTES],
    ] as const
  ) {
    const result = libc.symbols.setsockopt(fd, level, option, new Int32Array([value]), 4);
    if (result !== 0) throw new Error(`The system refuses socket option ${option} at port ${port}`);
  }
}

/**
 * Bytes that the system holds for the connections to this port of 127.0.0.1, at either end. The fifth
 * column has those to be sent or acknowledged, and those to be read.
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

/** Local address and state are the columns behind the number, the inode the tenth. */
function descriptorOf(port: number): number {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const line = new RegExp(`^ *\\d+: 0100007F:${wanted} \\S+ ${LISTEN}(?: +\\S+){5} +(\\d+)`, "m");
  const [, inode] = line.exec(Deno.readTextFileSync("/proc/net/tcp")) ?? [];
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    if (targetOf(name) === `socket:[${inode}]`) return Number(name);
  }
  throw new Error(`This process does not listen at TCP port ${port} of 127.0.0.1`);
}

/** What a descriptor stands for; the one that reads the directory is gone by now. */
function targetOf(descriptor: string): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return undefined;
  }
}
