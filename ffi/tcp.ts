import { openLibc } from "./libc.ts";

/** `IPPROTO_TCP` and `TCP_NOTSENT_LOWAT` of Linux. */
const [IPPROTO_TCP, TCP_NOTSENT_LOWAT] = [6, 25] as const;
/** `struct sockaddr_storage` */
const ADDRESS_BYTES = 128;
const DESCRIPTORS = "/proc/self/fd";

/**
 * Bounds what the system keeps of a connection's bytes before it sends them, which may be megabytes: seconds in which
 * whoever writes would not learn that the peer is too slow.
 *
 * @returns Whether that was possible.
 */
export function limitUnsent({ localAddr, remoteAddr }: Deno.TcpConn, bytes: number): boolean {
  const descriptor = descriptorOf(localAddr.port, remoteAddr.port);
  if (descriptor === undefined) return false;
  const value = new Int32Array([bytes]);
  const { setsockopt } = openLibc().symbols;
  return setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, value, value.byteLength) === 0;
}

/** Deno has no way to ask a connection for it. */
function descriptorOf(localPort: number, remotePort: number): number | undefined {
  const { getsockname, getpeername } = openLibc().symbols;
  const address = new Uint8Array(ADDRESS_BYTES);
  const size = new Uint32Array(1);
  const hasPort = (name: typeof getsockname, descriptor: number, port: number): boolean => {
    size[0] = ADDRESS_BYTES;
    if (name(descriptor, address, size) !== 0) return false;
    // Of IPv4 and IPv6 alike, and in network order.
    return (address[2]! << 8 | address[3]!) === port;
  };
  for (const { name } of Deno.readDirSync(DESCRIPTORS)) {
    const descriptor = Number(name);
    if (
      hasPort(getpeername, descriptor, remotePort) && hasPort(getsockname, descriptor, localPort)
    ) return descriptor;
  }
  return undefined;
}
