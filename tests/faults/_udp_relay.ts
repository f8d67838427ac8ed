import type { Socket } from "node:dgram";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { closeUdp, openUdp } from "./_udp_socket.ts";

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
