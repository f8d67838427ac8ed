import type { AccessUnit } from "../bitstream/access_unit.ts";
import { StreamerError } from "../errors.ts";
import { LIVE_QUEUE, type QueuePolicy } from "../publish/queue_policy.ts";
import type { Sink } from "../publish/sink.ts";
import { sleep } from "../sleep.ts";
import { within } from "../within.ts";
import { Backoff } from "./client/backoff.ts";
import {
  type ReconnectRequest,
  RtmpSession,
  type RtmpSessionOptions,
} from "./client/client_session.ts";
import { Patience } from "./client/patience.ts";
import { RtmpConnectionError } from "./rtmp_error.ts";
import { RTMP_SINK_LIMITS, type RtmpSinkLimits } from "./rtmp_sink_limits.ts";
import { DEFAULT_RTMP_TIMEOUT_MS } from "./client/rtmp_timeout.ts";
import { maskedUrl, type RtmpUrl } from "./url.ts";
import { always, type PackagingChoice } from "./packaging_choice.ts";
import type { VideoFormat, VideoPackaging } from "./flv/video_packaging.ts";
import { type EncodingDescription, VideoSender } from "./video_sender.ts";

/** What an RTMP publisher is told, and whom it tells what. */
export interface RtmpSinkOptions {
  /** Where to publish. */
  readonly url: RtmpUrl;
  /** How video is packaged, or how that is found out for each session. */
  readonly packaging: VideoPackaging | PackagingChoice;
  /** What the metadata say besides the picture's size. */
  readonly describe: () => EncodingDescription;
  /** Age in milliseconds at which what waits for the server is to be dropped; 1000, unless given. */
  readonly maxQueueMs?: number;
  /** Whether a lost session is followed by another, forever; true, unless given. */
  readonly reconnect?: boolean;
  /** Asks the encoder for a key frame, where a session would begin with another. */
  readonly requestKeyFrame?: () => void;
  /** Is told of each change. */
  readonly onChange?: (change: RtmpChange) => void;
  /** Is told why it ended, where `reconnect` is false. */
  readonly onFailed?: (error: StreamerError) => void;
  /** How patient it is, where that differs from {@linkcode RTMP_SINK_LIMITS}. */
  readonly limits?: Partial<RtmpSinkLimits>;
  /** Time limits of each session and the like. */
  readonly session?: Omit<
    RtmpSessionOptions,
    "connectProperties" | "onReconnectRequest" | "onUnreadable" | "stallMs"
  >;
}

/** What happens to a publisher. */
export type RtmpChange =
  /** The server takes the stream, packaged like this. */
  | { readonly kind: "publishing"; readonly format: VideoFormat }
  /** There is no session; the next try comes in `retryMs` milliseconds. */
  | { readonly kind: "lost"; readonly reason: string; readonly retryMs: number }
  /** The server has sent something that cannot be read, for the first time; that is passed over. */
  | { readonly kind: "unreadable"; readonly reason: string }
  /** The server asked for another connection (Enhanced RTMP v2). */
  | { readonly kind: "moving"; readonly description: string };

/** What a publisher has sent so far. */
export interface RtmpSinkStatistics {
  /** {@linkcode RtmpSink.name}. */
  readonly name: string;
  /** Access units handed to the connection. */
  readonly accessUnits: number;
  /** RTMP messages of media: access units, sequence headers, metadata. */
  readonly packets: number;
  /** Their bytes, chunk headers left out. */
  readonly bytes: number;
  /** Access units that no session was there for. */
  readonly dropped: number;
  /** Sessions begun. */
  readonly sessions: number;
  /** Messages of the server that could not be read, and were passed over. */
  readonly unreadable: number;
  /** Bytes that wait in the connection. */
  readonly waitingBytes: number;
  /** Whether the server takes what is sent. */
  readonly healthy: boolean;
}

/** Why a session ended, or why there was none. */
type SessionEnd = ({ readonly error: StreamerError } | { readonly moveTo: ReconnectRequest }) & {
  /** How long the server took the stream, in milliseconds. */
  readonly lastedMs: number;
};

/**
 * Publishes access units to an RTMP server and stays there: it connects in the background, again and
 * again. What a slow server does not take waits in the stream's queue.
 */
export class RtmpSink implements Sink {
  /** For people, with the key masked, for example `rtmp://127.0.0.1/live/***`. */
  readonly name: string;
  readonly #options: RtmpSinkOptions;
  readonly #limits: RtmpSinkLimits;
  readonly #choice: PackagingChoice;
  readonly #patience: Patience;
  /** Live viewers have no use for what has waited. */
  readonly queue: QueuePolicy;
  readonly #closing = new AbortController();
  readonly #closed = Promise.withResolvers<undefined>();
  readonly #work: Promise<void>;
  readonly #counts = {
    accessUnits: 0,
    packets: 0,
    bytes: 0,
    dropped: 0,
    sessions: 0,
    unreadable: 0,
  };
  #session: {
    readonly connection: RtmpSession;
    readonly sender: VideoSender;
    /** Whether a key frame was sent, or at least asked for. */
    video: "none" | "awaited" | "begun";
  } | undefined;
  /** When the first access unit of the session was sent. */
  #videoSinceMs: number | undefined;

  /** Begins to connect. */
  constructor(options: RtmpSinkOptions) {
    this.#options = options;
    this.#limits = { ...RTMP_SINK_LIMITS, ...options.limits };
    this.name = maskedUrl(options.url);
    this.#choice = "choose" in options.packaging ? options.packaging : always(options.packaging);
    this.#patience = new Patience(options.session?.timeoutMs ?? DEFAULT_RTMP_TIMEOUT_MS);
    this.queue = {
      maxAgeMs: options.maxQueueMs ?? LIVE_QUEUE.maxAgeMs,
      maxBytes: this.#limits.maxQueueBytes,
    };
    this.#work = this.#keepPublishing();
  }

  /** Whether a server takes the stream. */
  get isReady(): boolean {
    return this.#session !== undefined;
  }

  /**
   * Sends an access unit; the first one of a session is a key frame. Resolves when the kernel has it, or the
   * session is over: until then no other may be written.
   *
   * @throws {StreamerError} It cannot be packaged; a key frame may follow.
   */
  write(unit: AccessUnit): void | Promise<void> {
    if (this.#session === undefined) {
      this.#counts.dropped++;
      return;
    }
    const { connection, sender, video } = this.#session;
    if (video !== "begun" && !unit.keyFrame) {
      // The session before it has ended and this one has begun with no access unit in between.
      this.#counts.dropped++;
      if (video === "none") this.#options.requestKeyFrame?.();
      this.#session.video = "awaited";
      return;
    }
    this.#session.video = "begun";
    sender.send(unit);
    this.#counts.accessUnits++;
    this.#videoSinceMs ??= performance.now();
    if (connection.pendingBytes > 0) return connection.flushed();
  }

  /** Bytes that wait in the connection. */
  get pendingBytes(): number {
    return this.#session?.connection.pendingBytes ?? 0;
  }

  /** What has been sent so far. */
  statistics(): RtmpSinkStatistics {
    return {
      name: this.name,
      ...this.#counts,
      waitingBytes: this.pendingBytes,
      healthy: this.isReady,
    };
  }

  /** Waits for what was sent to leave, a second at most, takes leave of the server and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#closed.resolve(undefined);
    await this.#work;
  }

  async #keepPublishing(): Promise<void> {
    const { url: home, reconnect = true, onFailed } = this.#options;
    const { signal } = this.#closing;
    const backoff = new Backoff(this.#limits.backoff);
    let url = home;
    while (!signal.aborted) {
      const end = await this.#publish(url);
      if (signal.aborted) return;
      const lasted = end.lastedMs > this.#limits.lastedMs;
      if (lasted) backoff.reset();
      if ("error" in end) {
        this.#patience.observe(end.error);
        this.#judgePackaging(end.error);
      }
      if ("moveTo" in end) {
        this.#tell({ kind: "moving", description: end.moveTo.description });
        url = end.moveTo.url;
        // Two servers that send us to each other must not keep us running between them.
        if (!lasted) await sleep(backoff.next(), signal);
        continue;
      }
      if (!reconnect) {
        onFailed?.(end.error);
        return;
      }
      // A server that sent us elsewhere is asked again when nobody is there.
      url = home;
      const retryMs = backoff.next();
      this.#tell({ kind: "lost", reason: end.error.message, retryMs });
      await sleep(retryMs, signal);
    }
  }

  /** One session from its beginning to its end. Never rejects. */
  async #publish(url: RtmpUrl): Promise<SessionEnd> {
    let beganMs: number | undefined;
    const lastedMs = (): number => beganMs === undefined ? 0 : performance.now() - beganMs;
    const move = Promise.withResolvers<{ moveTo: ReconnectRequest }>();
    try {
      await using session = await RtmpSession.open(url, {
        ...this.#options.session,
        timeoutMs: this.#patience.timeoutMs,
        stallMs: this.#limits.stallMs,
        connectProperties: this.#choice.connectProperties,
        onUnreadable: (flaw) => this.#onUnreadable(flaw),
        onReconnectRequest: (moveTo) => move.resolve({ moveTo }),
      }, this.#closing.signal);
      beganMs = performance.now();
      const sender = this.#begin(session);
      const lost = session.closed.then((error) => ({ error: error ?? overError() }));
      const end = await Promise.race([move.promise, lost, this.#closed.promise]);
      this.#session = undefined;
      if (end === undefined) await this.#finish(session, sender);
      return { ...(end ?? { error: overError() }), lastedMs: lastedMs() };
    } catch (error) {
      return { error: publicError(error), lastedMs: lastedMs() };
    } finally {
      this.#session = undefined;
    }
  }

  #begin(connection: RtmpSession): VideoSender {
    const { describe } = this.#options;
    const packaging = this.#choice.choose(connection.connectAnswer);
    const counts = this.#counts;
    const sender = new VideoSender(packaging, describe, (message) => {
      counts.packets++;
      counts.bytes += message.payload.length;
      connection.send(message);
    });
    counts.sessions++;
    this.#session = { connection, sender, video: "none" };
    this.#tell({ kind: "publishing", format: packaging.format });
    return sender;
  }

  /** Sends the end of the stream. What is not gone in time never will be. */
  async #finish(session: RtmpSession, sender: VideoSender): Promise<void> {
    sender.end();
    if (!await within(this.#limits.flushMs, session.flushed())) session.abort();
  }

  /** What the end of a session says of how its video was packaged: nothing, without any, or if a network failed. */
  #judgePackaging({ code }: StreamerError): void {
    const sinceMs = this.#videoSinceMs;
    this.#videoSinceMs = undefined;
    if (sinceMs === undefined) return;
    const lasted = performance.now() - sinceMs > this.#limits.lastedMs;
    if (lasted || code === "rtmp_closed" || code === "rtmp_refused") this.#choice.ended(lasted);
  }

  #onUnreadable({ message }: StreamerError): void {
    if (this.#counts.unreadable++ === 0) this.#tell({ kind: "unreadable", reason: message });
  }

  #tell(change: RtmpChange): void {
    this.#options.onChange?.(change);
  }
}

function overError(): StreamerError {
  return new RtmpConnectionError("The RTMP session is over", "rtmp_closed");
}

/** An error that is not meant for people must not end the other outputs either. */
function publicError(error: unknown): StreamerError {
  if (error instanceof StreamerError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new RtmpConnectionError(`The RTMP session failed: ${reason}`, "rtmp_failed", error);
}
