import type { DatagramOutlet } from "../../ffi/datagram_sender.ts";
import { RtcpSocket } from "../../ffi/rtcp_socket.ts";
import { openShim } from "../../ffi/shim.ts";
import { UdpSocket } from "../../ffi/udp.ts";
import { StreamerError } from "../errors.ts";
import type { SentCounts } from "../rtp/rtcp_exchange.ts";
import type { ConnectionWriter } from "./connection_writer.ts";
import { RtspError } from "./rtsp_error.ts";
import { interleaved, type InterleavedPackets } from "./interleaved_packets.ts";
import { INTERLEAVED_HEADER_BYTES } from "./rtsp_message.ts";

/** What became of the packets of an access unit. */
export interface Delivery {
  /** Whether the client is too slow, and needs a key frame. */
  readonly isTooSlow: boolean;
  /** Whether the client's host reports that no one listens. */
  readonly isRefused: boolean;
}

/** Carries the packets of one session. */
export interface SessionTransport extends AsyncDisposable {
  readonly kind: "tcp" | "udp";
  /** The parameters of the `Transport` header field that the server chooses. */
  readonly parameters: string;
  /** Sends RTCP. */
  readonly rtcp: DatagramOutlet;
  /** Sends lost packets again; undefined if none are lost, or the client cannot read them. */
  readonly resend: DatagramOutlet | undefined;
  /** What has been sent. */
  readonly sent: Readonly<SentCounts>;
  /** Bytes that wait to be sent. */
  readonly pendingBytes: number;
  /** Whether a client that was too slow has caught up. */
  readonly hasCaughtUp: boolean;
  /** Sends the packets of an access unit. Never blocks. */
  send(packets: InterleavedPackets): Delivery;
}

/** Sends packets within the connection. */
export class InterleavedTransport implements SessionTransport {
  readonly kind = "tcp";
  readonly parameters: string;
  readonly rtcp: DatagramOutlet;
  readonly resend = undefined;
  readonly sent: SentCounts = { packets: 0, bytes: 0 };
  readonly #writer: ConnectionWriter;
  readonly #channel: number;

  constructor(writer: ConnectionWriter, [rtp, rtcp]: readonly [number, number]) {
    this.#writer = writer;
    this.#channel = rtp;
    this.parameters = `interleaved=${rtp}-${rtcp}`;
    this.rtcp = {
      send: (packets) => {
        writer.write(interleaved(packets, rtcp));
        return { sent: packets.count, dropped: 0, errors: 0 };
      },
    };
  }

  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  get hasCaughtUp(): boolean {
    return !this.#writer.hasMedia;
  }

  send(packets: InterleavedPackets): Delivery {
    const bytes = packets.on(this.#channel);
    const { count } = packets.packets;
    const isQueued = this.#writer.writeMedia(bytes, () => {
      this.sent.packets += count;
      this.sent.bytes += bytes.length - count * INTERLEAVED_HEADER_BYTES;
    });
    return { isTooSlow: !isQueued, isRefused: false };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** Ports to try. They lie below those that Linux assigns by itself, and are few enough for a firewall rule. */
const SERVER_PORTS = { first: 20_000, last: 29_998 } as const;
const ATTEMPTS = 50;

/** Takes an RTCP packet, valid until it returns, and its time of arrival in microseconds of Unix time. */
export type RtcpListener = (packet: Uint8Array, arrivedUnixUs: number) => void;

/** The hosts that a connection connects. */
export interface ConnectionHosts {
  /** Address of the client. */
  readonly address: string;
  /** Address of this machine that the client has connected to. */
  readonly localAddress: string;
}

/** Sends packets over UDP. */
export class UdpTransport implements SessionTransport {
  readonly kind = "udp";
  readonly parameters: string;
  readonly sent: SentCounts = { packets: 0, bytes: 0 };
  readonly pendingBytes = 0;
  readonly hasCaughtUp = true;
  readonly resend: DatagramOutlet | undefined;
  /** Called with each RTCP packet of the client's host. */
  onRtcp: RtcpListener = () => {};
  readonly #rtp: UdpSocket;
  readonly #rtcp: RtcpSocket;

  private constructor(
    rtp: UdpSocket,
    rtcp: RtcpSocket,
    [rtpPort, rtcpPort]: readonly [number, number],
    localPort: number,
    resends: boolean,
  ) {
    this.resend = resends ? rtp : undefined;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.parameters = `client_port=${rtpPort}-${rtcpPort};server_port=${localPort}-${
      localPort + 1
    }`;
  }

  /**
   * Opens two consecutive ports of the address that the client has connected to: from another one, a
   * firewall would not let packets through.
   *
   * @param hosts Addresses of the connection.
   * @param ports The client's ports of RTP and RTCP.
   * @param resends Whether lost packets are sent again.
   * @throws {RtspError} `461`: the address cannot be sent to. `503`: no ports are free.
   */
  static async open(
    { address, localAddress }: ConnectionHosts,
    ports: readonly [number, number],
    resends: boolean,
  ): Promise<UdpTransport> {
    let transport: UdpTransport | undefined;
    const onRtcp: RtcpListener = (packet, us) => transport?.onRtcp(packet, us);
    for (let attempt = 1;; attempt++) {
      const localPort = randomEvenPort();
      try {
        using stack = new DisposableStack();
        const from = { localAddress, localPort };
        const rtp = stack.use(UdpSocket.connect(openShim(), address, ports[0], from));
        const rtcpFrom = { localAddress, localPort: localPort + 1 };
        const rtcp = await RtcpSocket.open(address, ports[1], onRtcp, rtcpFrom);
        stack.move();
        return transport = new UdpTransport(rtp, rtcp, ports, localPort, resends);
      } catch (error) {
        if (!(error instanceof StreamerError)) throw error;
        // The address is one that cannot be sent to or from, such as that of a link without its zone: TCP works.
        if (error.code !== "udp_open_failed") throw new RtspError(461, error.message);
        // Most likely, another program uses one of the ports.
        if (attempt === ATTEMPTS) throw new RtspError(503, error.message);
      }
    }
  }

  get rtcp(): DatagramOutlet {
    return this.#rtcp;
  }

  send({ packets }: InterleavedPackets): Delivery {
    const { sent, trouble } = this.#rtp.send(packets);
    this.sent.packets += sent;
    for (let i = 0; i < sent; i++) this.sent.bytes += packets.lengths[i]!;
    return { isTooSlow: false, isRefused: trouble === "refused" };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rtp[Symbol.dispose]();
    await this.#rtcp[Symbol.asyncDispose]();
  }
}

function randomEvenPort(): number {
  const { first, last } = SERVER_PORTS;
  return first + 2 * Math.floor(Math.random() * ((last - first) / 2 + 1));
}
