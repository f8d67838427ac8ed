import type { Socket } from "node:dgram";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { closeUdp, openUdp } from "./_udp_socket.ts";

/**
 * A relay for RTP and RTCP to a receiver of this machine. While it is down, all datagrams are lost.
 */
export class UdpRelay implements AsyncDisposable {
  /** Whether datagrams are forwarded. */
  up = true;
  /** Number of datagrams dropped so far. */
  lost = 0;
  /** Port for RTP; the next port is for RTCP. */
  readonly port: number;
  readonly #sockets: Socket[] = [];

  private constructor(port: number) {
    this.port = port;
  }

  /** Opens a relay to a port of 127.0.0.1, and to the next port. */
  static async open(targetPort: number): Promise<UdpRelay> {
    const relay = new UdpRelay(freeUdpPorts());
    await relay.#carry(relay.port, targetPort);
    await relay.#carry(relay.port + 1, targetPort + 1);
    return relay;
  }

  /** Closes the sockets. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) await closeUdp(socket);
  }

  async #carry(port: number, targetPort: number): Promise<void> {
    const socket = await openUdp(port, (datagram) => {
      if (this.up) socket.send(datagram, targetPort, "127.0.0.1");
      else this.lost++;
    });
    this.#sockets.push(socket);
  }
}
