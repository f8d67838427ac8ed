import type { Datagrams, DatagramSender, SendOutcome } from "./datagram_sender.ts";
import { cString } from "./library.ts";
import { openShim } from "./shim.ts";
import { DEFAULT_TTL, optionalText, type UdpOptions, udpRefusal } from "./udp.ts";
import { Waker } from "./wakeups.ts";

/** `CVM_RTCP_PACKET` */
const PACKET_BYTES = 1500;
/** Most packets handled in one turn of the event loop. */
const PACKETS_AT_ONCE = 16;

/** Exchanges RTCP with one receiver (`native/rtcp.h`). */
export class RtcpSocket implements DatagramSender, AsyncDisposable {
  readonly #waker: Waker;
  readonly #self: Deno.PointerObject;
  /** The port that receivers answer to. */
  readonly localPort: number;
  readonly #packet = new Uint8Array(PACKET_BYTES);
  readonly #arrivedUs = new BigUint64Array(1);
  #closing: Promise<void> | undefined;
  /** Whether packets will be read in the next turn. */
  #isContinued = false;

  private constructor(waker: Waker, self: Deno.PointerObject) {
    this.#waker = waker;
    this.#self = self;
    this.localPort = openShim().cvm_rtcp_local_port(self);
  }

  /**
   * Opens a socket.
   *
   * @param address Literal IPv4 or IPv6 address, without brackets.
   * @param onPacket Called with each packet, valid until it returns, and its arrival in microseconds of Unix time.
   * @throws {StreamerError} If the address is invalid or the socket cannot be opened.
   */
  static async open(
    address: string,
    port: number,
    onPacket: (packet: Uint8Array, arrivedUnixUs: number) => void,
    options: UdpOptions = {},
  ): Promise<RtcpSocket> {
    let socket: RtcpSocket | undefined;
    const waker = new Waker(() => {
      if (socket !== undefined && !socket.#isContinued) socket.#read(onPacket);
    });
    const error = new Int32Array(1);
    const self = openShim().cvm_rtcp_open(
      cString(address),
      port,
      optionalText(options.localAddress),
      options.localPort ?? 0,
      options.ttl ?? DEFAULT_TTL,
      optionalText(options.networkInterface),
      waker.wakeups,
      waker.id,
      error,
    );
    if (self !== null) return socket = new RtcpSocket(waker, self);
    await waker[Symbol.asyncDispose]();
    throw udpRefusal(address, port, error[0] ?? 0, options);
  }

  /** Sends all datagrams. A closed socket drops them. */
  send({ bytes, offsets, lengths, count }: Datagrams): SendOutcome {
    let sent = 0;
    for (let i = 0; i < count && this.#closing === undefined; i++) {
      const at = offsets[i] ?? 0;
      const datagram = bytes.subarray(at, at + (lengths[i] ?? 0));
      if (openShim().cvm_rtcp_send(this.#self, datagram, datagram.length) === 0) sent++;
    }
    return { sent, dropped: count - sent, errors: count - sent };
  }

  /** Starts to close the socket. */
  [Symbol.dispose](): void {
    this.#closing ??= this.#close();
  }

  /** Closes the socket. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await openShim().cvm_rtcp_close(this.#self);
    await this.#waker[Symbol.asyncDispose]();
  }

  #read(onPacket: (packet: Uint8Array, arrivedUnixUs: number) => void): void {
    this.#isContinued = false;
    for (let left = PACKETS_AT_ONCE; this.#closing === undefined; left--) {
      if (left === 0) {
        // A flood of packets must not block the event loop.
        this.#isContinued = true;
        setTimeout(() => this.#read(onPacket));
        return;
      }
      const length = openShim().cvm_rtcp_take(this.#self, this.#packet, this.#arrivedUs);
      if (length === 0) return;
      onPacket(this.#packet.subarray(0, length), Number(this.#arrivedUs[0]));
    }
  }
}
