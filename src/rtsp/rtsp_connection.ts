import { getLogger } from "@logtape/logtape";
import { shutDown } from "../../ffi/tcp.ts";
import { within } from "../within.ts";
import { ConnectionWriter } from "./connection_writer.ts";
import { MessageReader } from "./message_reader.ts";
import { type DialogueConnection, type DialogueOptions, RtspDialogue } from "./rtsp_dialogue.ts";
import { RtspError } from "./rtsp_error.ts";
import { formatResponse, type RtspResponse } from "./rtsp_message.ts";

const logger = getLogger(["cvmmap", "rtsp"]);

/** Messages handled in one turn of the event loop. */
const MESSAGES_AT_ONCE = 32;
/** Time to write a last answer before the connection is closed. */
const GOODBYE_MS = 500;

/** One connection of a client. */
export class RtspConnection implements DialogueConnection {
  readonly #connection: Deno.TcpConn | Deno.TlsConn;
  readonly #options: DialogueOptions;
  readonly #dialogue: RtspDialogue;
  readonly #reader = new MessageReader();
  /** Writes to the client. */
  readonly writer: ConnectionWriter;
  readonly #closed = Promise.withResolvers<void>();
  /** Address of the client's host. */
  readonly address: string;
  #isClosed = false;

  constructor(connection: Deno.TcpConn | Deno.TlsConn, options: DialogueOptions) {
    this.#connection = connection;
    // A server at [::] gets clients with IPv4 in this form (RFC 4291, 2.5.5.2).
    this.address = connection.remoteAddr.hostname.replace(/^::ffff:(?=\d+\.)/i, "");
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

  /** Resolves when the connection is closed. */
  get closed(): Promise<void> {
    return this.#closed.promise;
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
    let handled = 0;
    try {
      for (;;) {
        const message = this.#reader.next();
        if (message === undefined) {
          const count = await this.#connection.read(this.#reader.space());
          if (count === null) return;
          this.#reader.add(count);
        } else if (message.kind === "packet") {
          this.#options.sessions.receive(this, message.channel, message.bytes);
        } else {
          await this.#dialogue.answer(message);
          if (this.#dialogue.isOver) return await this.#goodbye();
        }
        // What is in memory already must not keep other clients and cameras waiting.
        if (message !== undefined && ++handled % MESSAGES_AT_ONCE === 0) await nextTurn();
      }
    } catch (error) {
      if (error instanceof RtspError) {
        logger.warn("{client}: {reason}", { client: this.peer, reason: error.message });
        this.respond({ status: error.status }, undefined);
        await this.#goodbye();
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
    await within(GOODBYE_MS, Promise.race([this.writer.flushed(), this.#closed.promise]));
  }

  /** Sends an answer to the request with this number. */
  respond(response: RtspResponse, cseq: string | undefined): void {
    this.writer.write(formatResponse(response, cseq));
  }
}

/** Lets everything else that is due happen. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
