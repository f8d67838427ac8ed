import { StreamerError } from "../src/errors.ts";
import { once, openLibrary, type Packages } from "./library.ts";

const PACKAGES: Packages = { debian: "libc6", fedora: "glibc", arch: "glibc" };

const openLibc = once(() =>
  openLibrary("libc.so.6", {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    sendto: {
      parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"],
      result: "isize",
      nonblocking: true,
    },
    setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
  }, PACKAGES)
);

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDTIMEO = 21;
const MSG_NOSIGNAL = 0x4000;

/** `struct timeval`, seconds and microseconds: how long a send waits for the manager. */
const SEND_TIMEOUT = new BigInt64Array([1n, 0n]);

/** `struct sockaddr_un`: the address family, then a path terminated by NUL or an abstract name that begins with NUL. */
const SOCKADDR = { family: 0, path: 2, size: 110 } as const;

/**
 * Sends notifications to a service manager: `NOTIFY_SOCKET` of sd_notify(3).
 *
 * Deno's Unix datagram sockets are unstable, must be bound to a path to send and do not support abstract names.
 */
export class NotifySocket implements Disposable {
  readonly #address: Uint8Array<ArrayBuffer>;
  readonly #fd: number;

  /**
   * Opens a socket; nothing is sent yet.
   *
   * @param name Value of `NOTIFY_SOCKET`: an absolute path, or `@` and the name of an abstract socket.
   * @throws {StreamerError} If the name is neither, or no socket can be opened.
   */
  constructor(name: string) {
    this.#address = socketAddress(name);
    this.#fd = openLibc().symbols.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (this.#fd < 0) {
      throw new StreamerError("Cannot open a Unix socket to notify the service manager", {
        code: "notify_socket",
      });
    }
    openLibc().symbols.setsockopt(
      this.#fd,
      SOL_SOCKET,
      SO_SNDTIMEO,
      SEND_TIMEOUT,
      SEND_TIMEOUT.byteLength,
    );
  }

  /**
   * Sends a message of lines like `READY=1`. Waits up to a second, without blocking the event loop, if the manager is
   * slow: without `READY=1` it would kill the service.
   *
   * @returns Whether the manager's socket accepted it.
   */
  async send(message: string): Promise<boolean> {
    const bytes = new Uint8Array(new TextEncoder().encode(message));
    const sent = await openLibc().symbols.sendto(
      this.#fd,
      bytes,
      BigInt(bytes.length),
      MSG_NOSIGNAL,
      this.#address,
      this.#address.length,
    );
    return Number(sent) === bytes.length;
  }

  /** Closes the socket. No {@linkcode send} may be in progress. */
  [Symbol.dispose](): void {
    openLibc().symbols.close(this.#fd);
  }
}

/** Returns the address for `sendto`, of its exact length, because every byte of an abstract name counts. */
function socketAddress(name: string): Uint8Array<ArrayBuffer> {
  const path = new TextEncoder().encode(name.startsWith("@") ? `\0${name.slice(1)}` : `${name}\0`);
  const address = new Uint8Array(SOCKADDR.path + path.length);
  if (!/^[/@][^\0]+$/.test(name) || address.length > SOCKADDR.size) {
    throw new StreamerError(
      `Cannot notify the service manager at ${JSON.stringify(name)}: ` +
        `expected the absolute path of a Unix socket, or @NAME, of at most 107 bytes`,
      { code: "notify_socket" },
    );
  }
  new DataView(address.buffer).setUint16(SOCKADDR.family, AF_UNIX, true);
  address.set(path, SOCKADDR.path);
  return address;
}
