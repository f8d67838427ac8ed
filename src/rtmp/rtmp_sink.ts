import type { AccessUnit } from "../bitstream/access_unit.ts";
import { StreamerError } from "../errors.ts";
import { Backoff } from "./backoff.ts";
import { type ReconnectRequest, RtmpSession, type RtmpSessionOptions } from "./client_session.ts";
import { RtmpConnectionError } from "./rtmp_error.ts";
import { SendQueue } from "./send_queue.ts";
import { maskedUrl, type RtmpUrl } from "./url.ts";
import type { VideoPackaging } from "./video_packaging.ts";
import { type EncodingDescription, VideoSender } from "./video_sender.ts";

/** What an RTMP publisher is told, and whom it tells what. */
export interface RtmpSinkOptions {
  /** Where to publish. */
  readonly url: RtmpUrl;
  /** How video is packaged. */
  readonly packaging: VideoPackaging;
  /** What the metadata say besides the picture's size. */
  readonly describe: () => EncodingDescription;
  /** Age in milliseconds at which what waits for the server is dropped. */
  readonly maxQueueMs: number;
  /** Whether a lost session is followed by another, for ever. */
  readonly reconnect: boolean;
  /** Asks the encoder for a key frame. */
  readonly requestKeyFrame: () => void;
  /** Is told of each change. */
  readonly onChange?: (change: RtmpChange) => void;
  /** Is told why it ended, where `reconnect` is false. */
  readonly onFailed?: (error: StreamerError) => void;
  /** Time limits and the like. */
  readonly session?: Omit<RtmpSessionOptions, "connectProperties" | "onReconnectRequest">;
}

/** What happens to a publisher. */
export type RtmpChange =
  /** The server takes the stream. */
  | { readonly kind: "publishing" }
  /** There is no session; the next try comes in `retryMs` milliseconds. */
  | { readonly kind: "lost"; readonly reason: string; readonly retryMs: number }
  /** The server asked for another connection (Enhanced RTMP v2). */
  | { readonly kind: "moving"; readonly description: string }
  /** The server does not keep up: frames are dropped up to the next key frame. */
  | { readonly kind: "stalled" }
  /** It keeps up again. */
  | { readonly kind: "flowing"; readonly dropped: number };

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
  /** Access units dropped, while the server did not keep up or was not there. */
  readonly dropped: number;
  /** Sessions begun. */
  readonly sessions: number;
  /** Bytes that wait: in the queue and in the connection. */
  readonly waitingBytes: number;
  /** Whether the server takes what is sent. */
  readonly healthy: boolean;
}

/** Waits between tries: a restarted server is back in use well within 3 s of its start. */
const BACKOFF = { firstMs: 250, longestMs: 2000 };
/** A session that lasted this long was a success. */
const LASTED_MS = 5000;
/** Bytes of access units that may wait, whatever their age: about 10 s at 12 Mbit/s. */
const MAX_QUEUE_BYTES = 16 << 20;
/** A connection that has taken nothing for this long is given up, in milliseconds. */
const STALL_LIMIT_MS = 90_000;
/** How long the end of a stream may take to leave, in milliseconds. */
const FLUSH_LIMIT_MS = 1000;

/**
 * Publishes access units to an RTMP server and stays there: it connects in the background, again and
 * again, drops what a slow server does not take, and never makes its caller wait.
 */
export class RtmpSink implements AsyncDisposable {
  /** For people, with the key masked, for example `rtmp://127.0.0.1/live/***`. */
  readonly name: string;
  readonly #options: RtmpSinkOptions;
  readonly #queue: SendQueue;
  readonly #closing = new AbortController();
  readonly #closed = Promise.withResolvers<undefined>();
  readonly #work: Promise<void>;
  #arrival = Promise.withResolvers<void>();
  #session: RtmpSession | undefined;
  #stalled = false;
  #droppedBefore = 0;
  #counts = { accessUnits: 0, packets: 0, bytes: 0, dropped: 0, sessions: 0 };

  /** Begins to connect. */
  constructor(options: RtmpSinkOptions) {
    this.#options = options;
    this.name = maskedUrl(options.url);
    this.#queue = new SendQueue({ maxAgeMs: options.maxQueueMs, maxBytes: MAX_QUEUE_BYTES });
    this.#work = this.#keepPublishing();
  }

  /** Takes an access unit for sending. Never waits, never throws. */
  write(unit: AccessUnit): void {
    if (this.#closing.signal.aborted) return;
    const session = this.#session;
    if (session === undefined) {
      this.#counts.dropped++;
      return;
    }
    const { stalledMs } = session;
    if (stalledMs > STALL_LIMIT_MS) session.abort(stallError(stalledMs));
    const droppedBefore = this.#queue.dropped;
    this.#queue.offer(unit, performance.now());
    if (stalledMs > 0 && this.#queue.dropped > droppedBefore) this.#tellStalled(droppedBefore);
    this.#arrival.resolve();
  }

  /** What has been sent so far. */
  stats(): RtmpSinkStatistics {
    const { accessUnits, packets, bytes, sessions, dropped } = this.#counts;
    return {
      name: this.name,
      accessUnits,
      packets,
      bytes,
      dropped: this.#queue.dropped + dropped,
      sessions,
      waitingBytes: this.#queue.bytes + (this.#session?.pendingBytes ?? 0),
      healthy: this.#session !== undefined && !this.#stalled,
    };
  }

  /** Sends what waits, within a second, takes leave of the server and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#closed.resolve(undefined);
    this.#arrival.resolve();
    await this.#work;
  }

  async #keepPublishing(): Promise<void> {
    const backoff = new Backoff(BACKOFF);
    let url = this.#options.url;
    while (!this.#closing.signal.aborted) {
      const startedMs = performance.now();
      const end = await this.#runSession(url);
      if (this.#closing.signal.aborted) return;
      const lasted = performance.now() - startedMs > LASTED_MS;
      if (lasted) backoff.reset();
      if ("moveTo" in end) {
        this.#tell({ kind: "moving", description: end.moveTo.description });
        url = end.moveTo.url;
        // Two servers that send us to each other must not keep us running between them.
        if (!lasted) await this.#wait(backoff.next());
        continue;
      }
      if (!this.#options.reconnect) {
        this.#options.onFailed?.(end.error);
        return;
      }
      // A server that sent us elsewhere is asked again when nobody is there.
      url = this.#options.url;
      const retryMs = backoff.next();
      this.#tell({ kind: "lost", reason: end.error.message, retryMs });
      await this.#wait(retryMs);
    }
  }

  /** One session from its beginning to its end, and why it ended. */
  async #runSession(
    url: RtmpUrl,
  ): Promise<{ error: StreamerError } | { moveTo: ReconnectRequest }> {
    const { packaging, describe, session: limits } = this.#options;
    const move = Promise.withResolvers<{ moveTo: ReconnectRequest }>();
    try {
      await using session = await RtmpSession.open(url, {
        ...limits,
        connectProperties: packaging.connectProperties,
        onReconnectRequest: (moveTo) => move.resolve({ moveTo }),
      }, this.#closing.signal);
      this.#counts.sessions++;
      const sender = new VideoSender(packaging, describe, (message) => {
        this.#counts.packets++;
        this.#counts.bytes += message.payload.length;
        session.send(message);
      });
      this.#begin(session);
      const lost = session.closed.then((error) => ({ error: error ?? closedError() }));
      const pump = this.#pump(session, sender);
      const end = await Promise.race([move.promise, lost, pump, this.#closed.promise]);
      // From here on nothing is taken for this session, and its pump comes to rest.
      this.#session = undefined;
      if (end !== undefined) return end;
      await this.#finish(session, sender);
      return { error: closedError() };
    } catch (error) {
      if (error instanceof StreamerError) return { error };
      if (this.#closing.signal.aborted) return { error: closedError() };
      throw error;
    } finally {
      this.#session = undefined;
      this.#queue.clear();
    }
  }

  #begin(session: RtmpSession): void {
    this.#session = session;
    this.#stalled = false;
    this.#tell({ kind: "publishing" });
    this.#options.requestKeyFrame();
  }

  /** Sends what comes, while the kernel takes it, until the sink is closed or the session is. */
  async #pump(session: RtmpSession, sender: VideoSender): Promise<undefined> {
    while (!this.#closing.signal.aborted && this.#session === session) {
      this.#sendNext(sender);
      if (session.pendingBytes > 0) {
        await session.flushed();
        // Asked for only now: during a stall, key frames would help nobody and burden other outputs.
        if (this.#stalled && this.#queue.needsKeyFrame) this.#options.requestKeyFrame();
      } else if (this.#queue.length === 0) await this.#nextArrival();
    }
  }

  #sendNext(sender: VideoSender): void {
    const unit = this.#queue.take();
    if (unit === undefined) return;
    try {
      sender.send(unit);
      this.#counts.accessUnits++;
      this.#tellFlowing();
    } catch (error) {
      if (!(error instanceof StreamerError)) throw error;
      // What follows may refer to it.
      this.#counts.dropped++;
      this.#queue.clear();
      this.#options.requestKeyFrame();
    }
  }

  async #nextArrival(): Promise<void> {
    await this.#arrival.promise;
    if (!this.#closing.signal.aborted) this.#arrival = Promise.withResolvers<void>();
  }

  async #finish(session: RtmpSession, sender: VideoSender): Promise<void> {
    while (this.#queue.length > 0) this.#sendNext(sender);
    sender.end();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => timer = setTimeout(resolve, FLUSH_LIMIT_MS));
    await Promise.race([session.flushed(), limit]);
    clearTimeout(timer);
    if (session.pendingBytes > 0) session.abort();
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#closing;
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener("abort", done);
    });
  }

  #tellStalled(droppedBefore: number): void {
    if (this.#stalled) return;
    this.#stalled = true;
    this.#droppedBefore = droppedBefore;
    this.#tell({ kind: "stalled" });
  }

  #tellFlowing(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#tell({ kind: "flowing", dropped: this.#queue.dropped - this.#droppedBefore });
  }

  #tell(change: RtmpChange): void {
    this.#options.onChange?.(change);
  }
}

function closedError(): StreamerError {
  return new RtmpConnectionError("The RTMP session is over", "rtmp_closed");
}

function stallError(stalledMs: number): StreamerError {
  const seconds = Math.round(stalledMs / 1000);
  return new RtmpConnectionError(`The server has taken nothing for ${seconds} s`, "rtmp_stalled");
}
