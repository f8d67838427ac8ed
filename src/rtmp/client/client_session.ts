import type { StreamerError } from "../../errors.ts";
import { answerAdobeAuth, type Credentials } from "./adobe_auth.ts";
import type { AmfObject } from "../amf0/amf0.ts";
import { ChunkStreamId, MessageType } from "../wire/message.ts";
import { type DialogueState, PublishDialogue } from "./publish_dialogue.ts";
import { reconnectUrl } from "./reconnect_url.ts";
import { RtmpConnection } from "./rtmp_connection.ts";
import { RtmpConnectionError, RtmpError } from "../rtmp_error.ts";
import { RtmpRefusal, type ServerStatus } from "../server/server_status.ts";
import { DEFAULT_RTMP_TIMEOUT_MS } from "./rtmp_timeout.ts";
import { StepLimit } from "./step_limit.ts";
import { openTransport } from "./transport.ts";
import { type RtmpUrl, withoutSecrets } from "../url.ts";

/** How a session is opened and closed. Times are milliseconds. */
export interface RtmpSessionOptions {
  /** For the connection (name, TCP, TLS), for the handshake, and for each answer of the server. Default 30,000. */
  readonly timeoutMs?: number;
  /** For the server to take leave. Default 1000. */
  readonly leaveTimeoutMs?: number;
  /** More properties of `connect`, for example `fourCcList` and `capsEx` of Enhanced RTMP. */
  readonly connectProperties?: AmfObject;
  /** Certificates (PEM) to trust in `rtmps` beside those that the runtime trusts. */
  readonly caCerts?: readonly string[];
  /** Milliseconds after which a session is given up of which the kernel has taken nothing. Default: never. */
  readonly stallMs?: number;
  /** Is told of each message of the server that cannot be read, and is passed over. */
  readonly onUnreadable?: (flaw: RtmpError) => void;
  /** Is told when the server wants us to connect anew (Enhanced RTMP v2). */
  readonly onReconnectRequest?: (request: ReconnectRequest) => void;
}

/** A server's wish that we connect anew, soon and at a good moment (Enhanced RTMP v2). */
export interface ReconnectRequest {
  /** Where. */
  readonly url: RtmpUrl;
  /** Why, in the server's words; may be empty. */
  readonly description: string;
}

/** A part of the stream. */
export interface MediaMessage {
  /** `data` is for `onMetaData`. */
  readonly type: "video" | "data";
  /** Decoding time in milliseconds since the beginning of the session; wraps at 2^32. */
  readonly timestampMs: number;
  /** Body of an FLV video tag, or AMF0 values. Copied before `send` returns. */
  readonly payload: Uint8Array;
}

/** The server does not want to wait for more than a few answers of its own. */
const MAX_SERVER_MESSAGE_BYTES = 1 << 20;

/** Connections that Adobe authentication takes: plain, with the user, with the response. */
const MAX_ATTEMPTS = 3;

/**
 * A stream being published to an RTMP server.
 *
 * Sending never waits. What the server does not take piles up, so the owner sends on only while
 * {@linkcode pendingBytes} is small.
 */
export class RtmpSession implements AsyncDisposable {
  /** Resolves when the session is over: with the reason, or undefined if its owner ended it. */
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
   * Connects, and goes through the dialogue until the server takes the stream.
   *
   * @throws {RtmpConnectionError} If there is no connection, or no answer in time.
   * @throws {RtmpRefusal} If the server refuses, with its words.
   * @throws {RtmpError} If the server breaks the protocol, or does not accept the user.
   */
  static async open(
    url: RtmpUrl,
    options: RtmpSessionOptions = {},
    signal?: AbortSignal,
  ): Promise<RtmpSession> {
    let authQuery = "";
    for (let attempt = 1;; attempt++) {
      try {
        return await RtmpSession.#open(url, authQuery, options, signal);
      } catch (error) {
        if (!(error instanceof RtmpRefusal)) throw error;
        const { description } = error.status;
        const wanted = answerAdobeAuth(description, credentialsOf(url), newChallenge());
        if (wanted === undefined || attempt === MAX_ATTEMPTS) throw error;
        authQuery = wanted;
      }
    }
  }

  static async #open(
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
    const onUnreadable = (flaw: RtmpError): void => options.onUnreadable?.(flaw);
    const connection = new RtmpConnection(transport, {
      role: "client",
      maxMessageBytes: MAX_SERVER_MESSAGE_BYTES,
      onMessage: (message) => dialogue.receive(message),
      onUnreadable,
      ...(options.stallMs !== undefined && { stallMs: options.stallMs }),
    });
    const limit = new StepLimit(timeoutMs, (error) => connection.close(error));
    const publishing = Promise.withResolvers<void>();
    const dialogue = new PublishDialogue({
      url,
      authQuery,
      connectProperties: options.connectProperties ?? {},
      send: (message) => connection.send(message),
      onUnreadable,
      onState: (state) => {
        if (state === "publishing") publishing.resolve();
        else limit.begin(state);
      },
      onReconnectRequest: (status) => options.onReconnectRequest?.(requestOf(url, status)),
    });
    const abort = (): void => connection.close();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      limit.begin("the handshake");
      await Promise.race([connection.ready, failureOf(connection, signal)]);
      dialogue.begin();
      const refused = failureOf(connection, signal, () => dialogue.state);
      await Promise.race([publishing.promise, refused]);
      return new RtmpSession(connection, dialogue, leaveTimeoutMs);
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      limit.end();
      signal?.removeEventListener("abort", abort);
    }
  }

  /** What the server said of itself when it answered `connect`. */
  get connectAnswer(): AmfObject {
    return this.#dialogue.connectAnswer;
  }

  /** Bytes that were sent and not handed to the kernel yet. */
  get pendingBytes(): number {
    return this.#connection.pendingBytes;
  }

  /** Bytes handed to the kernel since the beginning. */
  get sentBytes(): number {
    return this.#connection.sentBytes;
  }

  /**
   * Sends a part of the stream. Does nothing once the session is closed.
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

  /** Resolves when all that was sent is with the kernel, or the session is closed. */
  flushed(): Promise<void> {
    return this.#connection.flushed();
  }

  /** Closes the connection at once, also while a write is pending. The server is not told. */
  abort(reason?: StreamerError): void {
    this.#connection.close(reason);
  }

  /** Tells the server that the stream ends, and closes; waits for the server only a while. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#dialogue.leave();
    await this.#connection.finish(this.#leaveTimeoutMs);
  }
}

/** Why there is no session; `awaited` names what the server was to answer. */
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
      ? "an application that they do not have"
      : "a stream whose key is wrong, or in use already";
    throw new RtmpError(
      `The RTMP server closed the connection in place of an answer to ${step}: ` +
        `some servers refuse that way, for example ${example}`,
      "rtmp_refused",
      reason,
    );
  }
  throw reason ?? new RtmpConnectionError("The RTMP connection was closed", "rtmp_closed");
}

function requestOf(url: RtmpUrl, { tcUrl, description }: ServerStatus): ReconnectRequest {
  return { url: placeOf(url, tcUrl), description: withoutSecrets(url, description) };
}

function placeOf(url: RtmpUrl, tcUrl: string | undefined): RtmpUrl {
  try {
    return reconnectUrl(url, tcUrl);
  } catch {
    // A place that is none: the server wants to get rid of us all the same.
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
