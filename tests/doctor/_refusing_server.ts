import { RtmpConnection } from "../../src/rtmp/client/rtmp_connection.ts";
import { commandMessage, parseCommand } from "../../src/rtmp/wire/command.ts";
import type { RtmpMessage } from "../../src/rtmp/wire/message.ts";

/** An RTMP server that refuses every `connect`, like services that expect their key in it. */
export class RefusingServer implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #description: string;
  readonly #accepting: Promise<void>;

  constructor(description: string) {
    this.#description = description;
    this.#accepting = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async #accept(): Promise<void> {
    try {
      for await (const stream of this.#listener) this.#answer(stream);
    } catch {
      // The listener is closed.
    }
  }

  async #answer(stream: Deno.TcpConn): Promise<void> {
    using connection = new RtmpConnection(stream, {
      role: "server",
      onMessage: (message) => {
        const command = parseCommand(message);
        if (command?.name === "connect") connection.send(this.#refusal(command.transactionId));
      },
    });
    await connection.closed;
  }

  #refusal(transactionId: number): RtmpMessage {
    const description = this.#description;
    const info = { level: "error", code: "NetConnection.Connect.Rejected", description };
    return commandMessage({ name: "_error", transactionId, object: null, args: [info] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
  }
}
