import { openLibc } from "./libc.ts";

/** `IPPROTO_TCP` and `TCP_NOTSENT_LOWAT` of Linux. */
const [IPPROTO_TCP, TCP_NOTSENT_LOWAT] = [6, 25] as const;
/** `struct sockaddr_storage` */
const ADDRESS_BYTES = 128;
/** `AF_INET`, `AF_INET6` */
const FAMILIES: readonly number[] = [2, 10];
/** Descriptors that are looked at: the system gives the lowest that is free. */
const MOST_DESCRIPTORS = 4096;

/**
 * Bounds what the system keeps of a connection's bytes before it sends them, which may be megabytes: seconds in which
 * whoever writes would not learn that the peer is too slow.
 *
 * @returns Whether that was possible.
 */
export function limitUnsent({ localAddr, remoteAddr }: Deno.TcpConn, bytes: number): boolean {
  const value = new Int32Array([bytes]);
  const { setsockopt } = openLibc().symbols;
  for (const descriptor of descriptorsOf(localAddr.port, remoteAddr.port)) {
    // A UDP socket may have the same ports, and refuses.
    const result = setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, value, value.byteLength);
    if (result === 0) return true;
  }
  return false;
}

/**
 * Sockets that are connected from one port to the other. Deno has no way to ask a connection for its descriptor, and
 * lists them only for those who may do everything.
 */
function* descriptorsOf(localPort: number, remotePort: number): Generator<number, void, void> {
  const { getsockname, getpeername } = openLibc().symbols;
  const address = new Uint8Array(ADDRESS_BYTES);
  const view = new DataView(address.buffer);
  const size = new Uint32Array(1);
  const hasPort = (name: typeof getsockname, descriptor: number, port: number): boolean => {
    size[0] = ADDRESS_BYTES;
    return name(descriptor, address, size) === 0 &&
      FAMILIES.includes(view.getUint16(0, true)) && view.getUint16(2) === port;
  };
  for (let descriptor = 0; descriptor < MOST_DESCRIPTORS; descriptor++) {
    if (
      hasPort(getpeername, descriptor, remotePort) && hasPort(getsockname, descriptor, localPort)
    ) yield descriptor;
  }
}
