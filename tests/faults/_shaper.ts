import { heldBytes, makeSmall } from "./_small_sockets.ts";
import { TokenBucket } from "./_token_bucket.ts";

/** Read at a time, and what may pass at once. */
const PIECE_BYTES = 8 * 1024;
/** The system doubles it. */
const RECEIVE_BUFFER_BYTES = 4 * 1024;

/**
 * A link to a TCP server of this machine that is as slow as it is told to be: a proxy that reads from the
 * client no faster, into a small buffer, so that the client soon feels it. What
 * the server sends comes as it is; a link that carries nothing carries nothing either way. As on a real
 * one, what was sent is late then, and not lost.
 */
export class Shaper implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #targetPort: number;
  readonly #bucket = new TokenBucket(PIECE_BYTES);
  readonly #open = new Set<Deno.TcpConn>();
  readonly #accepting: Promise<void>;
  #connections = 0;
  #carriedBytes = 0;

  /** A link to this port of 127.0.0.1, as fast as the machine. */
  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    makeSmall(this.port, RECEIVE_BUFFER_BYTES);
    this.#accepting = this.#accept();
  }

  /** Where clients connect. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Connections that there have been. */
  get connections(): number {
    return this.#connections;
  }

  /** Bytes that clients have sent and servers been given. */
  get carriedBytes(): number {
    return this.#carriedBytes;
  }

  /** Bytes that clients have sent and that are still with the system, or here. */
  get heldBytes(): number {
    return heldBytes(this.port) + this.#connections * PIECE_BYTES;
  }

  /** Bytes that pass in a second, from now on: from 0, a link that is down, to Infinity. */
  set bytesPerSecond(value: number) {
    this.#bucket.bytesPerSecond = value;
  }

  /** Cuts everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) this.#close(connection);
    // Whoever waits for the link is to see that it is over.
    this.bytesPerSecond = Number.POSITIVE_INFINITY;
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    const carried: Promise<void>[] = [];
    for await (const client of this.#listener) {
      this.#connections++;
      carried.push(this.#carry(client));
    }
    await Promise.all(carried);
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
      // One of them has gone, or nobody is there: the other is told by the end of its connection.
    } finally {
      this.#close(client);
    }
  }

  #close(connection: Deno.TcpConn): void {
    if (this.#open.delete(connection)) connection.close();
  }
}

/** Carries one direction to its end. */
async function pump(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  mayPass: (bytes: number) => Promise<void>,
): Promise<void> {
  const buffer = new Uint8Array(PIECE_BYTES);
  for (;;) {
    const length = await from.read(buffer);
    await mayPass(length ?? 0);
    if (length === null) return await to.closeWrite();
    for (let at = 0; at < length;) at += await to.write(buffer.subarray(at, length));
  }
}
