import { getLogger } from "@logtape/logtape";
import { shutDown } from "../../ffi/tcp.ts";
import { within } from "../within.ts";
import { ConnectionWriter } from "./connection_writer.ts";
import { MessageReader } from "./message_reader.ts";
import { type DialogueConnection, type DialogueOptions, RtspDialogue } from "./rtsp_dialogue.ts";
import { RtspError } from "./rtsp_error.ts";
import type { Turns } from "./turns.ts";
import { formatResponse, type RtspResponse } from "./rtsp_message.ts";

const logger = getLogger(["cvmmap", "rtsp"]);

/** Time to write a last answer before the connection is closed. */
const GOODBYE_MS = 500;

/** One connection of a client. */
export class RtspConnection implements DialogueConnection {
  readonly #connection: Deno.TcpConn | Deno.TlsConn;
  readonly #options: DialogueOptions;
  readonly #turns: Turns;
  readonly #dialogue: RtspDialogue;
  readonly #reader = new MessageReader();
  /** Writes to the client. */
  readonly writer: ConnectionWriter;
  readonly #closed = Promise.withResolvers<void>();
  readonly address: string;
  readonly localAddress: string;
  #isClosed = false;

  /** @param turns Those of all connections of the server. */
  constructor(connection: Deno.TcpConn | Deno.TlsConn, options: DialogueOptions, turns: Turns) {
    this.#connection = connection;
    this.#turns = turns;
    this.address = unmapped(connection.remoteAddr.hostname);
    this.localAddress = unmapped(connection.localAddr.hostname);
    this.#options = options;
    this.writer = new ConnectionWriter(connection, () => this.close());
    this.#dialogue = new RtspDialogue(this, options);
  }

  /** Address of the client, for logs. */
  get peer(): string {
    const { port } = this.#connection.remoteAddr;
    return this.address.includes(":") ? `[${this.address}]:${port}` : `${this.address}:${port}`;
  }

  /** Whether the connection is closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether a request of the client was granted. */
  get isAdmitted(): boolean {
    return this.#dialogue.isAdmitted;
  }

  /** Whether it has made no request for too long. */
  isIdle(nowMs: number): boolean {
    return this.#dialogue.isIdle(nowMs);
  }

  /** How long the client has read nothing although something waits for it, in milliseconds. */
  stalledMs(nowMs: number): number {
    return this.writer.stalledMs(nowMs);
  }

  /** Answers requests until the client leaves. Never rejects. */
  async run(): Promise<void> {
    try {
      // Reports a client without TLS.
      if ("handshake" in this.#connection) await this.#connection.handshake();
      for (;;) {
        const message = this.#reader.next();
        if (message === undefined) {
          const count = await this.#connection.read(this.#reader.space());
          if (count === null) return;
          this.#reader.add(count);
          continue;
        }
        await this.#turns.take();
        if (this.#isClosed) return;
        if (message.kind === "packet") {
          this.#options.sessions.receive(this, message.channel, message.bytes);
        } else {
          await this.#dialogue.answer(message);
          if (this.#dialogue.isOver) return await this.#goodbye();
        }
      }
    } catch (error) {
      if (error instanceof RtspError) {
        logger.warn("{client}: {reason}", { client: this.peer, reason: error.message });
        this.respond({ status: error.status }, undefined);
        await this.#goodbye();
      } else if (error instanceof Deno.errors.InvalidData) {
        logger.warn("RTSP client {client}: TLS fails, are its URLs rtsps://? {reason}", {
          client: this.peer,
          reason: error.message,
        });
      }
      // Otherwise the client has left.
    } finally {
      this.close();
      this.#options.sessions.connectionClosed(this);
    }
  }

  /** Closes the connection. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closed.resolve();
    // Deno keeps the socket open as long as a write or a TLS handshake is pending, which may be forever.
    shutDown(this.#connection);
    try {
      this.#connection.close();
    } catch {
      // It is closed already.
    }
  }

  /** Closes the connection, after what waits was written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#goodbye();
    this.close();
  }

  async #goodbye(): Promise<void> {
    const last = this.writer.flushed().then(() => this.#endTls());
    await within(GOODBYE_MS, Promise.race([last, this.#closed.promise]));
  }

  /** Says that nothing follows: with TLS, the end of a connection alone may be an attack (RFC 8446, 6.1). */
  async #endTls(): Promise<void> {
    if (this.#isClosed || !("handshake" in this.#connection)) return;
    try {
      await this.#connection.closeWrite();
    } catch {
      // The client has left.
    }
  }

  /** Sends an answer to the request with this number. */
  respond(response: RtspResponse, cseq: string | undefined): void {
    this.writer.write(formatResponse(response, cseq));
  }
}

/** Returns an IPv4 address as such: a server at [::] gets it within one of IPv6 (RFC 4291, 2.5.5.2). */
export function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
