import type { AccessUnit } from "../bitstream/access_unit.ts";
import { StreamerError } from "../errors.ts";
import { LIVE_QUEUE, type QueuePolicy } from "../publish/queue_policy.ts";
import type { Sink } from "../publish/sink.ts";
import { sleep } from "../sleep.ts";
import { within } from "../within.ts";
import { Backoff } from "../backoff.ts";
import { type ReconnectRequest, RtmpSession } from "./client/client_session.ts";
import { AdaptiveTimeout, DEFAULT_RTMP_TIMEOUT_MS } from "./client/timeouts.ts";
import { fixedPackaging, type PackagingChoice } from "./packaging_choice.ts";
import { RtmpConnectionError } from "./rtmp_error.ts";
import {
  RTMP_SINK_LIMITS,
  type RtmpChange,
  type RtmpSinkLimits,
  type RtmpSinkOptions,
  type RtmpSinkStatistics,
} from "./rtmp_sink_options.ts";
import { maskedUrl, type RtmpUrl } from "./url.ts";
import { VideoSender } from "./video_sender.ts";

/** Why a session ended or could not be opened. */
type SessionEnd = ({ readonly error: StreamerError } | { readonly moveTo: ReconnectRequest }) & {
  /** How long the session lasted, in milliseconds. */
  readonly lastedMs: number;
};

/**
 * Creates a publisher that starts to connect in the background. It resolves before there is a session:
 * see {@linkcode RtmpSinkOptions.onChange}.
 */
export function openRtmpSink(options: RtmpSinkOptions): Promise<RtmpSink> {
  return Promise.resolve(new RtmpSink(options));
}

/**
 * Publishes access units to an RTMP server. It connects in the background and reconnects after each
 * loss. Access units that a slow server does not accept yet wait in the stream's queue.
 */
export class RtmpSink implements Sink {
  /** The URL with the key masked, for example `rtmp://127.0.0.1/live/***`. */
  readonly name: string;
  readonly #options: RtmpSinkOptions;
  readonly #limits: RtmpSinkLimits;
  readonly #choice: PackagingChoice;
  readonly #timeout: AdaptiveTimeout;
  /** Drops old access units: live viewers do not need them. */
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
    /** Whether a key frame was sent or requested. */
    video: "none" | "requested" | "started";
  } | undefined;
  /** When the first access unit of the session was sent. */
  #videoSinceMs: number | undefined;

  /** Starts to connect. */
  constructor(options: RtmpSinkOptions) {
    this.#options = options;
    this.#limits = { ...RTMP_SINK_LIMITS, ...options.limits };
    this.name = maskedUrl(options.url);
    this.#choice = "choose" in options.packaging
      ? options.packaging
      : fixedPackaging(options.packaging);
    this.#timeout = new AdaptiveTimeout(options.session?.timeoutMs ?? DEFAULT_RTMP_TIMEOUT_MS);
    this.queue = {
      maxAgeMs: options.maxQueueMs ?? LIVE_QUEUE.maxAgeMs,
      maxBytes: this.#limits.maxQueueBytes,
    };
    this.#work = this.#keepPublishing();
  }

  /** Whether a server accepts the stream. */
  get isReady(): boolean {
    return this.#session !== undefined;
  }

  /**
   * Sends an access unit. Access units before the first key frame of a session are dropped. Resolves when
   * the kernel has taken it or the session is over. Do not write another one before that.
   *
   * @throws {StreamerError} If it cannot be packaged. The stream can continue with a key frame.
   */
  write(unit: AccessUnit): void | Promise<void> {
    if (this.#session === undefined) {
      this.#counts.dropped++;
      return;
    }
    const { connection, sender, video } = this.#session;
    if (video !== "started" && !unit.keyFrame) {
      // The previous session ended and this one began with no access unit in between.
      this.#counts.dropped++;
      if (video === "none") this.#options.requestKeyFrame?.();
      this.#session.video = "requested";
      return;
    }
    this.#session.video = "started";
    sender.send(unit);
    this.#counts.accessUnits++;
    this.#videoSinceMs ??= performance.now();
    if (connection.pendingBytes > 0) return connection.flushed();
  }

  /** Bytes waiting in the connection. */
  get pendingBytes(): number {
    return this.#session?.connection.pendingBytes ?? 0;
  }

  /** Returns what has been sent so far. */
  statistics(): RtmpSinkStatistics {
    return {
      name: this.name,
      ...this.#counts,
      waitingBytes: this.pendingBytes,
      healthy: this.isReady,
    };
  }

  /** Flushes pending output, for {@linkcode RtmpSinkLimits.flushMs} at most, and ends the session. */
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
        this.#timeout.observe(end.error);
        this.#updatePackaging(end.error);
      }
      if ("moveTo" in end) {
        this.#report({ kind: "moving", description: end.moveTo.description });
        url = end.moveTo.url;
        // Two servers that redirect to each other must not cause a reconnect loop without delay.
        if (!lasted) await sleep(backoff.next(), signal);
        continue;
      }
      if (!reconnect) {
        onFailed?.(end.error);
        return;
      }
      // If a server that we were redirected to is lost, the original server is tried again.
      url = home;
      const retryMs = backoff.next();
      this.#report({ kind: "lost", reason: end.error.message, retryMs });
      await sleep(retryMs, signal);
    }
  }

  /** Runs one session from start to end. Never rejects. */
  async #publish(url: RtmpUrl): Promise<SessionEnd> {
    let beganMs: number | undefined;
    const lastedMs = (): number => beganMs === undefined ? 0 : performance.now() - beganMs;
    const move = Promise.withResolvers<{ moveTo: ReconnectRequest }>();
    try {
      await using session = await RtmpSession.open(url, {
        ...this.#options.session,
        timeoutMs: this.#timeout.timeoutMs,
        stallMs: this.#limits.stallMs,
        connectProperties: this.#choice.connectProperties,
        onUnreadable: (error) => this.#onUnreadable(error),
        onReconnectRequest: (moveTo) => move.resolve({ moveTo }),
      }, this.#closing.signal);
      beganMs = performance.now();
      const sender = this.#start(session);
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

  #start(connection: RtmpSession): VideoSender {
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
    this.#report({ kind: "publishing", format: packaging.format });
    return sender;
  }

  /** Sends the end of the stream, and aborts the session if that takes too long. */
  async #finish(session: RtmpSession, sender: VideoSender): Promise<void> {
    sender.end();
    if (!await within(this.#limits.flushMs, session.flushed())) session.abort();
  }

  /** Informs the packaging choice, unless the session had no video or the network failed. */
  #updatePackaging({ code }: StreamerError): void {
    const sinceMs = this.#videoSinceMs;
    this.#videoSinceMs = undefined;
    if (sinceMs === undefined) return;
    const lasted = performance.now() - sinceMs > this.#limits.lastedMs;
    if (lasted || code === "rtmp_closed" || code === "rtmp_refused") this.#choice.ended(lasted);
  }

  #onUnreadable({ message }: StreamerError): void {
    if (this.#counts.unreadable++ === 0) this.#report({ kind: "unreadable", reason: message });
  }

  #report(change: RtmpChange): void {
    this.#options.onChange?.(change);
  }
}

function overError(): StreamerError {
  return new RtmpConnectionError("The RTMP session is over", "rtmp_closed");
}

/** Wraps unexpected errors, so that they do not end the other outputs. */
function publicError(error: unknown): StreamerError {
  if (error instanceof StreamerError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new RtmpConnectionError(`The RTMP session failed: ${reason}`, "rtmp_failed", error);
}
