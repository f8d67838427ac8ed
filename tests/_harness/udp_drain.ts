import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** Receives and discards datagrams, so that the sender gets no "connection refused" error. */
export class UdpDrain implements AsyncDisposable {
  readonly #sockets: readonly Socket[];

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
  }

  /** Binds UDP ports of 127.0.0.1. */
  static async bind(...ports: readonly number[]): Promise<UdpDrain> {
    const sockets: Socket[] = [];
    const drain = new UdpDrain(sockets);
    for (const port of ports) {
      const socket = createSocket("udp4");
      sockets.push(socket);
      socket.on("message", () => {});
      socket.bind(port, "127.0.0.1");
      await once(socket, "listening");
    }
    return drain;
  }

  /** Closes the sockets. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    }
  }
}
