import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** A receiver that takes whatever comes, so that a sender is not refused. */
export class UdpDrain implements AsyncDisposable {
  readonly #sockets: readonly Socket[];

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
  }

  /** Binds ports of 127.0.0.1. */
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

  /** Closes them. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    }
  }
}
