import { openLibc } from "./libc.ts";

/** `IPPROTO_TCP`, `TCP_NODELAY` and `TCP_NOTSENT_LOWAT` of Linux. */
const [IPPROTO_TCP, TCP_NODELAY, TCP_NOTSENT_LOWAT] = [6, 1, 25] as const;
const SHUT_RDWR = 2;
/** `struct sockaddr_storage` */
const ADDRESS_BYTES = 128;
/** `AF_INET`, `AF_INET6` */
const FAMILIES: readonly number[] = [2, 10];
/** Number of descriptors to search. The system always assigns the lowest free one. */
const MAX_DESCRIPTORS = 4096;

/**
 * Limits the unsent bytes that the system buffers for a connection (`TCP_NOTSENT_LOWAT`). Without a limit they may be
 * megabytes, which hides a slow peer from the sender for seconds.
 *
 * @returns Whether the limit could be set.
 */
export function limitUnsent(connection: Ports, bytes: number): boolean {
  return setOption(connection, TCP_NOTSENT_LOWAT, bytes);
}

/**
 * Makes the system send the end of a message at once, instead of waiting for the acknowledgement of the one before
 * (`TCP_NODELAY`). For connections with TLS, for which Deno has no method.
 *
 * @returns Whether the option could be set.
 */
export function sendAtOnce(connection: Ports): boolean {
  return setOption(connection, TCP_NODELAY, 1);
}

/**
 * Ends a connection in both directions (`shutdown`), so that pending reads, writes and handshakes fail. What was written
 * before is still sent.
 */
export function shutDown(connection: Ports): void {
  let ports: Ports;
  try {
    ports = { localAddr: connection.localAddr, remoteAddr: connection.remoteAddr };
  } catch {
    // It is closed already.
    return;
  }
  const { setsockopt, shutdown } = openLibc().symbols;
  const value = new Int32Array([1]);
  for (const descriptor of descriptorsOf(ports.localAddr.port, ports.remoteAddr.port)) {
    // Only a TCP socket has this option.
    const isTcp = setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, value, value.byteLength) === 0;
    if (!isTcp) continue;
    shutdown(descriptor, SHUT_RDWR);
    return;
  }
}

/** Ports of a TCP connection. */
interface Ports {
  readonly localAddr: { readonly port: number };
  readonly remoteAddr: { readonly port: number };
}

function setOption({ localAddr, remoteAddr }: Ports, option: number, number: number): boolean {
  const value = new Int32Array([number]);
  const { setsockopt } = openLibc().symbols;
  for (const descriptor of descriptorsOf(localAddr.port, remoteAddr.port)) {
    // A UDP socket may have the same ports, but does not support this option.
    const result = setsockopt(descriptor, IPPROTO_TCP, option, value, value.byteLength);
    if (result === 0) return true;
  }
  return false;
}

/**
 * Finds the sockets that are connected between these ports. Deno does not expose a connection's descriptor, and lists
 * /proc/self/fd only with all permissions.
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
  for (let descriptor = 0; descriptor < MAX_DESCRIPTORS; descriptor++) {
    if (
      hasPort(getpeername, descriptor, remotePort) && hasPort(getsockname, descriptor, localPort)
    ) yield descriptor;
  }
}
