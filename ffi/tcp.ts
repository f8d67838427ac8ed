import { openLibc } from "./libc.ts";

/** `IPPROTO_TCP`, `TCP_NODELAY` and `TCP_NOTSENT_LOWAT` of Linux. */
const [IPPROTO_TCP, TCP_NODELAY, TCP_NOTSENT_LOWAT] = [6, 1, 25] as const;
const SHUT_RDWR = 2;
/** `struct sockaddr_storage` */
const ADDRESS_BYTES = 128;
/** Offset and size of the address in a `struct sockaddr_in` or `sockaddr_in6`, by its family: `AF_INET`, `AF_INET6`. */
const HOSTS: ReadonlyMap<number, { readonly at: number; readonly size: number }> = new Map([
  [2, { at: 4, size: 4 }],
  [10, { at: 8, size: 16 }],
]);
/** Number of descriptors to search. The system always assigns the lowest free one. */
const MAX_DESCRIPTORS = 4096;

/**
 * Limits the unsent bytes that the system buffers for a connection (`TCP_NOTSENT_LOWAT`). Without a limit they may be
 * megabytes, which hides a slow peer from the sender for seconds.
 *
 * @returns Whether the limit could be set.
 */
export function limitUnsent(connection: Ends, bytes: number): boolean {
  return setOption(connection, TCP_NOTSENT_LOWAT, bytes);
}

/**
 * Makes the system send the end of a message at once, instead of waiting for the acknowledgement of the one before
 * (`TCP_NODELAY`). For connections with TLS, for which Deno has no method.
 *
 * @returns Whether the option could be set.
 */
export function sendAtOnce(connection: Ends): boolean {
  return setOption(connection, TCP_NODELAY, 1);
}

/**
 * Ends a connection in both directions (`shutdown`), so that pending reads, writes and handshakes fail. What was written
 * before is still sent.
 */
export function shutDown(connection: Ends): void {
  const { setsockopt, shutdown } = openLibc().symbols;
  const value = new Int32Array([1]);
  for (const descriptor of descriptorsOf(connection)) {
    // Only a TCP socket has this option.
    const isTcp = setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, value, value.byteLength) === 0;
    if (!isTcp) continue;
    shutdown(descriptor, SHUT_RDWR);
    return;
  }
}

/** One end of a connection. */
type End = Pick<Deno.NetAddr, "hostname" | "port">;

/** Both ends of a TCP connection. Different clients may use the same port. */
interface Ends {
  readonly localAddr: End;
  readonly remoteAddr: End;
}

function setOption(connection: Ends, option: number, number: number): boolean {
  const value = new Int32Array([number]);
  const { setsockopt } = openLibc().symbols;
  for (const descriptor of descriptorsOf(connection)) {
    // A UDP socket may have the same ends, but does not support this option.
    const result = setsockopt(descriptor, IPPROTO_TCP, option, value, value.byteLength);
    if (result === 0) return true;
  }
  return false;
}

/**
 * Finds the sockets that are connected between these ends. Deno does not expose a connection's descriptor, and lists
 * /proc/self/fd only with all permissions.
 */
function* descriptorsOf({ localAddr, remoteAddr }: Ends): Generator<number, void, void> {
  const { getsockname, getpeername } = openLibc().symbols;
  const address = new Uint8Array(ADDRESS_BYTES);
  const view = new DataView(address.buffer);
  const size = new Uint32Array(1);
  const isEnd = (name: typeof getsockname, descriptor: number, end: End): boolean => {
    size[0] = ADDRESS_BYTES;
    if (name(descriptor, address, size) !== 0 || view.getUint16(2) !== end.port) return false;
    const host = HOSTS.get(view.getUint16(0, true));
    if (host === undefined) return false;
    return hostText(address.subarray(host.at, host.at + host.size)) === canonical(end.hostname);
  };
  for (let descriptor = 0; descriptor < MAX_DESCRIPTORS; descriptor++) {
    if (isEnd(getpeername, descriptor, remoteAddr) && isEnd(getsockname, descriptor, localAddr)) {
      yield descriptor;
    }
  }
}

/** Returns the text of an address, in the form of {@linkcode canonical}. */
function hostText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups: string[] = [];
  for (let at = 0; at < bytes.length; at += 2) {
    groups.push((bytes[at]! << 8 | bytes[at + 1]!).toString(16));
  }
  return canonical(groups.join(":"));
}

/** An IPv6 address has several spellings; URLs have one. Deno gives no zone. */
function canonical(host: string): string {
  return host.includes(":") ? URL.parse(`http://[${host}]`)?.hostname ?? host : host;
}
