import { StreamerError } from "../src/errors.ts";
import { cString } from "./library.ts";
import { describeSystemError } from "./libc.ts";
import type { Datagrams, DatagramSender, SendOutcome, SendTrouble } from "./datagram_sender.ts";

/** The shim's functions for UDP: see `native/udp.h`. */
export const udpSymbols = {
  cvm_udp_open: {
    parameters: ["buffer", "u16", "buffer", "u16", "u32", "u8", "buffer"],
    result: "i32",
  },
  cvm_udp_send: {
    parameters: ["i32", "buffer", "buffer", "buffer", "u32", "buffer"],
    result: "i32",
  },
  cvm_udp_close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** A library that has the functions of {@linkcode udpSymbols}. */
export type UdpLibrary = Deno.DynamicLibrary<typeof udpSymbols>["symbols"];

/** Room for a second of video at 32 Mbit/s, as far as the system grants it. */
const SEND_BUFFER_BYTES = 4 * 1024 * 1024;

/** Words of `struct cvm_udp_result`. */
const RESULT = { sent: 0, dropped: 1, pendingErrors: 2, error: 3, words: 4 } as const;

/** Linux errno values that are distinguished; they are the same on x86-64 and ARM64. */
const CONGESTED: readonly number[] = [11, /* EAGAIN */ 12, /* ENOMEM */ 105 /* ENOBUFS */];
const ECONNREFUSED = 111;
const EACCES = 13;
const EINVAL = 22;
const ENODEV = 19;
const EADDRNOTAVAIL = 99;
/** Lower ports are reserved for privileged programs. */
const FIRST_FREE_PORT = 1024;

/** Hops of multicast packets if nothing else is given: they stay in the local network (RFC 1112, 6.1). */
export const DEFAULT_TTL = 1;

/** How packets to a multicast group are sent. */
export interface MulticastOptions {
  /**
   * Hops that packets may take: 1 to 255.
   *
   * @default 1
   */
  readonly ttl?: number;
  /**
   * Interface that they are sent from: its name, or its IPv4 address.
   *
   * @default chosen by the system
   */
  readonly networkInterface?: string;
}

/** How packets are sent, and where answers are received. */
export interface UdpOptions extends MulticastOptions {
  /**
   * Address of this machine, of the receiver's family.
   *
   * @default packets are sent from the address of the route, and answers to any address are received
   */
  readonly localAddress?: string;
  /**
   * Port of this machine; 0: any.
   *
   * @default 0
   */
  readonly localPort?: number;
}

/** A UDP socket connected to one receiver, so that ICMP errors are reported. */
export class UdpSocket implements DatagramSender {
  readonly #library: UdpLibrary;
  readonly #result = new Int32Array(RESULT.words);
  #fd: number;

  private constructor(library: UdpLibrary, fd: number) {
    this.#library = library;
    this.#fd = fd;
  }

  /**
   * Opens a socket.
   *
   * @param library The shim.
   * @param address Literal IPv4 or IPv6 address, without brackets.
   * @param port 1 to 65535.
   * @throws {StreamerError} If the address is invalid or the socket cannot be opened.
   */
  static connect(
    library: UdpLibrary,
    address: string,
    port: number,
    options: UdpOptions = {},
  ): UdpSocket {
    const fd = library.cvm_udp_open(
      cString(address),
      port,
      optionalText(options.localAddress),
      options.localPort ?? 0,
      SEND_BUFFER_BYTES,
      options.ttl ?? DEFAULT_TTL,
      optionalText(options.networkInterface),
    );
    if (fd < 0) throw udpRefusal(address, port, -fd, options);
    return new UdpSocket(library, fd);
  }

  /** Sends all datagrams at once, with one system call per 64. A closed socket drops them. */
  send(datagrams: Datagrams): SendOutcome {
    const { bytes, offsets, lengths, count } = datagrams;
    if (this.#fd < 0) return { sent: 0, dropped: count, errors: 0 };
    const result = this.#result;
    this.#library.cvm_udp_send(this.#fd, bytes, offsets, lengths, count, result);
    const sent = result[RESULT.sent]!;
    const dropped = result[RESULT.dropped]!;
    const pending = result[RESULT.pendingErrors]!;
    const error = result[RESULT.error]!;
    if (pending === 0 && dropped === 0) return { sent, dropped, errors: 0 };
    return { sent, dropped, errors: pending + dropped, trouble: troubleOf(error) };
  }

  /** Closes the socket; further calls do nothing. */
  [Symbol.dispose](): void {
    if (this.#fd < 0) return;
    this.#library.cvm_udp_close(this.#fd);
    this.#fd = -1;
  }
}

/** Returns a text that may be missing, as the shim takes it. */
export function optionalText(text: string | undefined): Uint8Array<ArrayBuffer> | null {
  return text === undefined ? null : cString(text);
}

/** Returns the error for a socket that could not be opened. */
export function udpRefusal(
  address: string,
  port: number,
  errno: number,
  { localAddress, localPort = 0, networkInterface }: UdpOptions = {},
): StreamerError {
  if (errno === ENODEV && networkInterface !== undefined) {
    return new StreamerError(
      `Cannot send to ${address} from the interface ${JSON.stringify(networkInterface)}: ` +
        "expected the name of an interface of this machine, or its IPv4 address",
      { code: "invalid_rtp_interface" },
    );
  }
  const host = localAddress === undefined ? "" : ` from ${localAddress}`;
  const from = localPort === 0 ? host : `${host || " from"} port ${localPort}`;
  const isPrivileged = errno === EACCES && localPort > 0 && localPort < FIRST_FREE_PORT;
  const reason = errno === EACCES && !isPrivileged
    ? "it is a broadcast address, and RTP goes to one receiver"
    : describeSystemError(errno);
  const zone = address.includes("%") ? "; is the zone after % an interface of this machine?" : "";
  return new StreamerError(`Cannot send to ${address} port ${port}${from}: ${reason}${zone}`, {
    code: isPrivileged
      ? "invalid_rtp_local_port"
      : errno === EADDRNOTAVAIL && localAddress !== undefined
      ? "udp_bind_failed"
      : errno === EACCES || errno === EINVAL
      ? "invalid_rtp_endpoint"
      : "udp_open_failed",
  });
}

function troubleOf(error: number): SendTrouble {
  if (CONGESTED.includes(error)) return "congested";
  // 0: an error that the kernel discarded in the middle of a burst, most likely a refusal.
  return error === ECONNREFUSED || error === 0 ? "refused" : "unreachable";
}
