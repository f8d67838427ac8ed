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
const F_GETFD = 1;
/** Unused descriptors in a row after which no more are expected: the system always assigns the lowest free one. */
const MAX_UNUSED_DESCRIPTORS = 1024;

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
 * (`TCP_NODELAY`). Deno has a method for it, but not with TLS.
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
  const descriptor = descriptorOf(connection);
  if (descriptor !== undefined) openLibc().symbols.shutdown(descriptor, SHUT_RDWR);
}

/** One end of a connection. */
type End = Pick<Deno.NetAddr, "hostname" | "port">;

/** Both ends of a TCP connection. Different clients may use the same port. */
interface Ends {
  readonly localAddr: End;
  readonly remoteAddr: End;
}

function setOption(connection: Ends, option: number, number: number): boolean {
  const descriptor = descriptorOf(connection);
  if (descriptor === undefined) return false;
  const value = new Int32Array([number]);
  const { setsockopt } = openLibc().symbols;
  return setsockopt(descriptor, IPPROTO_TCP, option, value, value.byteLength) === 0;
}

/** Descriptors of connections, as found at the first search; undefined if it was not found. */
const descriptors = new WeakMap<Ends, number | undefined>();

/**
 * Returns the descriptor of a connection; undefined if it is not connected. Deno does not expose it, and lists
 * /proc/self/fd only with all permissions. It is searched once: a client could otherwise make each end of a connection
 * expensive.
 */
function descriptorOf(connection: Ends): number | undefined {
  if (!descriptors.has(connection)) descriptors.set(connection, findDescriptor(connection));
  const descriptor = descriptors.get(connection);
  // Meanwhile it may have been closed, and assigned again.
  return descriptor !== undefined && isSocketOf(connection, descriptor) ? descriptor : undefined;
}

function findDescriptor(connection: Ends): number | undefined {
  const { fcntl } = openLibc().symbols;
  let unused = 0;
  for (let descriptor = 0; unused <= MAX_UNUSED_DESCRIPTORS; descriptor++) {
    if (fcntl(descriptor, F_GETFD) < 0) unused++;
    else {
      unused = 0;
      // A UDP socket may have the same ends, but does not support this option.
      if (isSocketOf(connection, descriptor) && isTcp(descriptor)) return descriptor;
    }
  }
  return undefined;
}

function isTcp(descriptor: number): boolean {
  const [value, size] = [new Int32Array(1), Uint32Array.of(4)];
  const { getsockopt } = openLibc().symbols;
  return getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, value, size) === 0;
}

function isSocketOf({ localAddr, remoteAddr }: Ends, descriptor: number): boolean {
  const { getsockname, getpeername } = openLibc().symbols;
  const address = new Uint8Array(ADDRESS_BYTES);
  const view = new DataView(address.buffer);
  const isEnd = (name: typeof getsockname, end: End): boolean => {
    const size = Uint32Array.of(ADDRESS_BYTES);
    if (name(descriptor, address, size) !== 0 || view.getUint16(2) !== end.port) return false;
    const host = HOSTS.get(view.getUint16(0, true));
    if (host === undefined) return false;
    return hostText(address.subarray(host.at, host.at + host.size)) === canonical(end.hostname);
  };
  return isEnd(getpeername, remoteAddr) && isEnd(getsockname, localAddr);
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
