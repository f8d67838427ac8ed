import type { StreamerError } from "../../errors.ts";
import { answerAdobeAuth, type Credentials } from "./adobe_auth.ts";
import type { AmfObject } from "../amf0/amf0.ts";
import { ChunkStreamId, MessageType } from "../wire/message.ts";
import { type DialogueState, PublishDialogue } from "./publish_dialogue.ts";
import { reconnectUrl } from "./reconnect_url.ts";
import { RtmpConnection } from "./rtmp_connection.ts";
import { RtmpConnectionError, RtmpError } from "../rtmp_error.ts";
import { RtmpRefusal, type ServerStatus } from "../server/server_status.ts";
import { DEFAULT_RTMP_TIMEOUT_MS, StepTimer } from "./timeouts.ts";
import { openTransport } from "./transport.ts";
import { type RtmpUrl, withoutSecrets } from "../url.ts";

/** Options of an {@linkcode RtmpSession}. Times are in milliseconds. */
export interface RtmpSessionOptions {
  /**
   * Limit for the connection (name, TCP, TLS), for the handshake, and for each answer of the server.
   *
   * @default 30000
   */
  readonly timeoutMs?: number;
  /**
   * Limit for the server to close the connection at the end.
   *
   * @default 1000
   */
  readonly leaveTimeoutMs?: number;
  /** Additional properties of `connect`, for example `fourCcList` and `capsEx` of Enhanced RTMP. */
  readonly connectProperties?: AmfObject;
  /** Certificates (PEM) to trust for `rtmps` in addition to those of the runtime. */
  readonly caCerts?: readonly string[];
  /**
   * Time without progress in writing after which the session is aborted.
   *
   * @default no limit
   */
  readonly stallMs?: number;
  /** Called with the error for each message of the server that cannot be parsed and is skipped. */
  readonly onUnreadable?: (error: RtmpError) => void;
  /** Called when the server requests a reconnection (Enhanced RTMP v2). */
  readonly onReconnectRequest?: (request: ReconnectRequest) => void;
}

/** A server's request to reconnect, soon and at a convenient moment (Enhanced RTMP v2). */
export interface ReconnectRequest {
  /** Where to connect. */
  readonly url: RtmpUrl;
  /** The server's reason; may be empty. */
  readonly description: string;
}

/** A media message of the stream. */
export interface MediaMessage {
  /** `data` is for `onMetaData`. */
  readonly type: "video" | "data";
  /** Decoding time in milliseconds since the start of the session; wraps at 2^32. */
  readonly timestampMs: number;
  /** Body of an FLV video tag, or AMF0 values. Copied before `send` returns. */
  readonly payload: Uint8Array;
}

/** Servers send only a few short answers. */
const MAX_SERVER_MESSAGE_BYTES = 1 << 20;

/** Connections that Adobe authentication needs: plain, with the user, with the response. */
const MAX_ATTEMPTS = 3;

/**
 * A session that publishes a stream to an RTMP server.
 *
 * Sending never blocks. Output that the server does not accept is buffered, so the owner should send
 * only while {@linkcode pendingBytes} is small.
 */
export class RtmpSession implements AsyncDisposable {
  /** Resolves when the session is over: with the error, or undefined if its owner ended it. */
  readonly closed: Promise<StreamerError | undefined>;

  readonly #connection: RtmpConnection;
  readonly #dialogue: PublishDialogue;
  readonly #leaveTimeoutMs: number;

  private constructor(
    connection: RtmpConnection,
    dialogue: PublishDialogue,
    leaveTimeoutMs: number,
  ) {
    this.#connection = connection;
    this.#dialogue = dialogue;
    this.#leaveTimeoutMs = leaveTimeoutMs;
    this.closed = connection.closed;
  }

  /**
   * Connects to the server and publishes the stream. Resolves when the server accepts it.
   *
   * @throws {RtmpConnectionError} If the connection fails or an answer does not arrive in time.
   * @throws {RtmpRefusal} If the server refuses.
   * @throws {RtmpError} If the server violates the protocol or rejects the credentials.
   */
  static async open(
    url: RtmpUrl,
    options: RtmpSessionOptions = {},
    signal?: AbortSignal,
  ): Promise<RtmpSession> {
    return await RtmpSession.#openWithAuth("publishing", url, options, signal);
  }

  /**
   * Connects to the server, and leaves as soon as it has accepted the application and the user. Publishes nothing, so
   * the server does not check the key.
   *
   * @throws Like {@linkcode open}.
   */
  static async check(url: RtmpUrl, options: RtmpSessionOptions = {}): Promise<void> {
    const session = await RtmpSession.#openWithAuth("createStream", url, options, undefined);
    session.abort();
  }

  static async #openWithAuth(
    goal: DialogueState,
    url: RtmpUrl,
    options: RtmpSessionOptions,
    signal: AbortSignal | undefined,
  ): Promise<RtmpSession> {
    let authQuery = "";
    for (let attempt = 1;; attempt++) {
      try {
        return await RtmpSession.#open(goal, url, authQuery, options, signal);
      } catch (error) {
        if (!(error instanceof RtmpRefusal)) throw error;
        const { description } = error.status;
        const query = answerAdobeAuth(description, credentialsOf(url), newChallenge());
        if (query === undefined || attempt === MAX_ATTEMPTS) throw error;
        authQuery = query;
      }
    }
  }

  static async #open(
    goal: DialogueState,
    url: RtmpUrl,
    authQuery: string,
    options: RtmpSessionOptions,
    signal: AbortSignal | undefined,
  ): Promise<RtmpSession> {
    const { timeoutMs = DEFAULT_RTMP_TIMEOUT_MS, leaveTimeoutMs = 1000 } = options;
    const transport = await openTransport(url, {
      timeoutMs,
      ...(signal !== undefined && { signal }),
      ...(options.caCerts !== undefined && { caCerts: options.caCerts }),
    });
    const onUnreadable = (error: RtmpError): void => options.onUnreadable?.(error);
    const connection = new RtmpConnection(transport, {
      role: "client",
      maxMessageBytes: MAX_SERVER_MESSAGE_BYTES,
      onMessage: (message) => dialogue.receive(message),
      onUnreadable,
      ...(options.stallMs !== undefined && { stallMs: options.stallMs }),
    });
    const timer = new StepTimer(timeoutMs, (error) => connection.close(error));
    const reached = Promise.withResolvers<void>();
    const dialogue = new PublishDialogue({
      url,
      authQuery,
      connectProperties: options.connectProperties ?? {},
      send: (message) => connection.send(message),
      onUnreadable,
      onState: (state) => {
        if (state !== goal) return timer.start(state);
        reached.resolve();
        // What follows is not sent.
        if (goal !== "publishing") connection.close();
      },
      onReconnectRequest: (status) => options.onReconnectRequest?.(requestOf(url, status)),
    });
    const abort = (): void => connection.close();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      timer.start("the handshake");
      await Promise.race([connection.ready, failureOf(connection, signal)]);
      dialogue.begin();
      const refused = failureOf(connection, signal, () => dialogue.state);
      await Promise.race([reached.promise, refused]);
      return new RtmpSession(connection, dialogue, leaveTimeoutMs);
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      timer.stop();
      signal?.removeEventListener("abort", abort);
    }
  }

  /** The properties that the server sent in its answer to `connect`. */
  get connectAnswer(): AmfObject {
    return this.#dialogue.connectAnswer;
  }

  /** Bytes sent but not yet handed to the kernel. */
  get pendingBytes(): number {
    return this.#connection.pendingBytes;
  }

  /** Bytes handed to the kernel so far. */
  get sentBytes(): number {
    return this.#connection.sentBytes;
  }

  /**
   * Sends a media message. Does nothing after the session is closed.
   *
   * @throws {RtmpError} If the payload is longer than 16,777,215 bytes.
   */
  send({ type, timestampMs, payload }: MediaMessage): void {
    this.#connection.send({
      chunkStreamId: type === "video" ? ChunkStreamId.Video : ChunkStreamId.Data,
      typeId: type === "video" ? MessageType.Video : MessageType.Data,
      timestampMs,
      streamId: this.#dialogue.streamId,
      payload,
    });
  }

  /** Resolves when all sent messages are with the kernel, or the session is closed. */
  flushed(): Promise<void> {
    return this.#connection.flushed();
  }

  /** Closes the connection immediately, even if a write is pending, without notifying the server. */
  abort(reason?: StreamerError): void {
    this.#connection.close(reason);
  }

  /** Unpublishes the stream and closes the connection, after `leaveTimeoutMs` at the latest. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#dialogue.leave();
    await this.#connection.finish(this.#leaveTimeoutMs);
  }
}

/** Rejects with the reason why the session failed. `awaited` returns the call the server has to answer. */
async function failureOf(
  connection: RtmpConnection,
  signal: AbortSignal | undefined,
  awaited?: () => DialogueState,
): Promise<never> {
  const reason = await connection.closed;
  signal?.throwIfAborted();
  if (awaited !== undefined && (reason?.code === "rtmp_closed" || reason?.code === "rtmp_lost")) {
    const step = awaited();
    const example = step === "connect"
      ? "an unknown application"
      : "a stream key that is wrong or already in use";
    throw new RtmpError(
      `The RTMP server closed the connection instead of answering ${step}: ` +
        `some servers refuse this way, for example ${example}`,
      "rtmp_refused",
      reason,
    );
  }
  throw reason ?? new RtmpConnectionError("The RTMP connection was closed", "rtmp_closed");
}

function requestOf(url: RtmpUrl, { tcUrl, description }: ServerStatus): ReconnectRequest {
  return { url: targetOf(url, tcUrl), description: withoutSecrets(url, description) };
}

function targetOf(url: RtmpUrl, tcUrl: string | undefined): RtmpUrl {
  try {
    return reconnectUrl(url, tcUrl);
  } catch {
    // With an invalid target, the server still wants this connection to end.
    return url;
  }
}

function credentialsOf({ user, password }: RtmpUrl): Credentials | undefined {
  return user === undefined || password === undefined ? undefined : { user, password };
}

function newChallenge(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return number.toString(16).padStart(8, "0");
}
