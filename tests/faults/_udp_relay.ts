import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { freeUdpPorts } from "../_harness/udp_ports.ts";

const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** A link for RTP and RTCP to a receiver of this machine, which can be taken down: then all is lost. */
export class UdpRelay implements AsyncDisposable {
  /** Whether it carries anything. */
  up = true;
  /** Datagrams lost so far. */
  lost = 0;
  /** Where RTP goes in; RTCP goes to the next one. */
  readonly port: number;
  readonly #sockets: Socket[] = [];

  private constructor(port: number) {
    this.port = port;
  }

  /** A link to this port of 127.0.0.1, and to the next. */
  static async open(targetPort: number): Promise<UdpRelay> {
    const relay = new UdpRelay(freeUdpPorts());
    await relay.#carry(relay.port, targetPort);
    await relay.#carry(relay.port + 1, targetPort + 1);
    return relay;
  }

  /** Carries no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    }
  }

  async #carry(port: number, targetPort: number): Promise<void> {
    const socket = createSocket("udp4");
    this.#sockets.push(socket);
    socket.bind(port, "127.0.0.1");
    await once(socket, "listening");
    try {
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    } catch {
      // Deno 2.4 cannot; the system's default then holds some 90 packets.
    }
    socket.on("message", (datagram) => {
      if (this.up) socket.send(datagram, targetPort, "127.0.0.1");
      else this.lost++;
    });
  }
}
