import { heldBytes, shrinkBuffers } from "./_small_sockets.ts";
import { TokenBucket } from "./_token_bucket.ts";

/** Bytes read at a time, and burst size of the link. */
const CHUNK_BYTES = 8 * 1024;
/** Size of the receive buffer; Linux doubles it. */
const RECEIVE_BUFFER_BYTES = 4 * 1024;

/**
 * A rate-limited link to a TCP server of this machine. It is a proxy that reads from the client
 * at a given rate, through a small buffer, so that the client soon notices a slow link. Data
 * from the server is not limited, except that a rate of 0 stops both directions. Like on a real
 * link, data is delayed but not lost.
 */
export class Shaper implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #targetPort: number;
  readonly #bucket = new TokenBucket(CHUNK_BYTES);
  readonly #open = new Set<Deno.TcpConn>();
  readonly #accepting: Promise<void>;
  #connections = 0;
  #carriedBytes = 0;

  /** Creates a link without a limit to a port of 127.0.0.1. */
  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    shrinkBuffers(this.port, RECEIVE_BUFFER_BYTES);
    this.#accepting = this.#accept();
  }

  /** Port that clients connect to. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Number of connections so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Bytes passed from clients to the server. */
  get carriedBytes(): number {
    return this.#carriedBytes;
  }

  /**
   * Upper bound of the bytes that clients have sent and the server has not received: those in
   * socket buffers and in the proxy.
   */
  get heldBytes(): number {
    return heldBytes(this.port) + this.#connections * CHUNK_BYTES;
  }

  /**
   * Rate limit in bytes per second. 0 is a link that is down, Infinity no limit.
   *
   * @default Infinity
   */
  set bytesPerSecond(value: number) {
    this.#bucket.bytesPerSecond = value;
  }

  /** Closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) this.#close(connection);
    // Wake up what waits for the link, so that it sees the closed connections.
    this.bytesPerSecond = Number.POSITIVE_INFINITY;
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    const tasks: Promise<void>[] = [];
    for await (const client of this.#listener) {
      this.#connections++;
      tasks.push(this.#carry(client));
    }
    await Promise.all(tasks);
  }

  async #carry(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    try {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#targetPort });
      this.#open.add(server);
      try {
        client.setNoDelay();
        server.setNoDelay();
        await Promise.all([
          pump(client, server, async (bytes) => {
            await this.#bucket.take(bytes);
            this.#carriedBytes += bytes;
          }),
          pump(server, client, () => this.#bucket.open()),
        ]);
      } finally {
        this.#close(server);
      }
    } catch {
      // One end has disconnected, or the server is unreachable. Closing the connections below
      // informs the other end.
    } finally {
      this.#close(client);
    }
  }

  #close(connection: Deno.TcpConn): void {
    if (this.#open.delete(connection)) connection.close();
  }
}

/** Copies one direction until it ends. */
async function pump(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  mayPass: (bytes: number) => Promise<void>,
): Promise<void> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const length = await from.read(buffer);
    await mayPass(length ?? 0);
    if (length === null) return await to.closeWrite();
    for (let offset = 0; offset < length;) {
      offset += await to.write(buffer.subarray(offset, length));
    }
  }
}
