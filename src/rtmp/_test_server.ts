import type { AmfValue } from "./amf0/amf0.ts";
import { type Command, commandMessage, parseCommand } from "./wire/command.ts";
import type { RtmpMessage } from "./wire/message.ts";
import {
  protocolControlMessage,
  UserControlEvent,
  userControlMessage,
} from "./wire/control_messages.ts";
import { RtmpSession, type RtmpSessionOptions } from "./client/client_session.ts";
import { RtmpConnection } from "./client/rtmp_connection.ts";
import { parseRtmpUrl, type RtmpUrl } from "./url.ts";

/** Answers a command that was received over `connection`. */
export type Answer = (command: Command, connection: RtmpConnection) => void;

/** Options of a {@linkcode TestServer}. */
export interface TestServerOptions {
  /** Answers to commands, by name, that replace the default ones. */
  readonly answers?: Readonly<Record<string, Answer>>;
  /** Handles connections instead of an RTMP server. */
  readonly handle?: (connection: Deno.Conn) => Promise<void>;
  /** Called and awaited before each read. */
  readonly beforeRead?: () => Promise<void> | undefined;
  /** Called with received bytes. */
  readonly record?: (bytes: Uint8Array) => void;
  /** Certificate and key (PEM) for TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A server on a free loopback port that accepts every stream and records all messages. */
export class TestServer implements AsyncDisposable {
  /** All messages of all connections. */
  readonly messages: RtmpMessage[] = [];
  /** The commands among them. */
  readonly commands: Command[] = [];
  /** All connections so far. */
  readonly connections: RtmpConnection[] = [];

  /** The port of the server. */
  readonly port: number;

  readonly #options: TestServerOptions;
  #listener: Deno.TcpListener | Deno.TlsListener;
  readonly #done: Promise<void>;
  readonly #waiters = new Set<() => void>();

  /** Starts to listen. */
  constructor(options: TestServerOptions = {}) {
    this.#options = options;
    const hostname = "127.0.0.1";
    this.#listener = Deno.listen({ hostname, port: 0 });
    const { addr } = this.#listener;
    this.port = addr.transport === "tcp" ? addr.port : 0;
    if (options.tls !== undefined) {
      // Before Deno 2.5, a TLS listener on port 0 does not report its port.
      this.#listener.close();
      this.#listener = Deno.listenTls({ hostname, port: this.port, ...options.tls });
    }
    this.#done = this.#accept();
  }

  /** Names of the commands so far. */
  get names(): string[] {
    return this.commands.map(({ name }) => name);
  }

  /** Resolves once `condition` holds. It is checked on each message and connection. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.add(resolve));
  }

  /** Closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.connections) connection.close();
    await this.#done;
  }

  async #accept(): Promise<void> {
    try {
      for await (const stream of this.#listener) {
        if ("setNoDelay" in stream) stream.setNoDelay(true);
        if (this.#options.handle !== undefined) {
          this.#options.handle(stream).catch(() => {});
          continue;
        }
        const connection: RtmpConnection = new RtmpConnection(this.#watched(stream), {
          role: "server",
          onMessage: (message) => this.#receive(message, connection),
        });
        this.connections.push(connection);
        connection.closed.then(() => this.#wake());
        this.#wake();
      }
    } catch {
      // The listener is closed.
    }
  }

  #watched(stream: Deno.Conn): Deno.Conn {
    const { beforeRead, record } = this.#options;
    const read = stream.read.bind(stream);
    stream.read = async (buffer) => {
      await beforeRead?.();
      const length = await read(buffer);
      record?.(buffer.slice(0, length ?? 0));
      return length;
    };
    return stream;
  }

  #receive(message: RtmpMessage, connection: RtmpConnection): void {
    this.messages.push(message);
    const command = parseCommand(message);
    if (command !== undefined) {
      this.commands.push(command);
      (this.#options.answers?.[command.name] ?? ANSWERS[command.name])?.(command, connection);
    }
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiters) resolve();
    this.#waiters.clear();
  }
}

/** Sends an answer to a call. */
export function reply(
  connection: RtmpConnection,
  name: "_result" | "_error" | "onStatus",
  { transactionId }: Pick<Command, "transactionId">,
  ...args: AmfValue[]
): void {
  connection.send(commandMessage({ name, transactionId, object: null, args }));
}

/** The default answers. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  connect(command, connection): void {
    connection.send(
      protocolControlMessage({ type: "window-acknowledgement-size", windowBytes: 2_500_000 }),
    );
    connection.send(
      protocolControlMessage({ type: "set-peer-bandwidth", windowBytes: 2_500_000, limit: 2 }),
    );
    connection.send(protocolControlMessage({ type: "set-chunk-size", chunkBytes: 4096 }));
    reply(connection, "_result", command, {
      level: "status",
      code: "NetConnection.Connect.Success",
      description: "Hello.",
    });
  },
  releaseStream: (command, connection) => reply(connection, "_error", command, null),
  FCPublish: (command, connection) => reply(connection, "_result", command),
  createStream: (command, connection) => reply(connection, "_result", command, 1),
  publish(_, connection): void {
    connection.send(userControlMessage({ event: UserControlEvent.StreamBegin, value: 1 }));
    reply(connection, "onStatus", { transactionId: 0 }, {
      level: "status",
      code: "NetStream.Publish.Start",
      description: "Go.",
    });
  },
};

/** Part of the key that must not appear in any message. */
export const SECRET = "s3cret-key";

/** The URL to publish to a server. */
export function urlOf(server: TestServer): RtmpUrl {
  return parseRtmpUrl(`rtmp://127.0.0.1:${server.port}/live/eu/${SECRET}?token=1`);
}

/** Opens a session that publishes to a new server. */
export async function openSession(
  options: TestServerOptions = {},
  sessionOptions: RtmpSessionOptions = {},
): Promise<{ server: TestServer; session: RtmpSession } & AsyncDisposable> {
  const server = new TestServer(options);
  const session = await RtmpSession.open(urlOf(server), sessionOptions);
  return {
    server,
    session,
    async [Symbol.asyncDispose](): Promise<void> {
      session.abort();
      await server[Symbol.asyncDispose]();
    },
  };
}
