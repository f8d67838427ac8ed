import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { AccessUnitQueue } from "../bitstream/access_unit_queue.ts";
import { StreamerError } from "../errors.ts";
import type { RtmpSession } from "./client_session.ts";
import { RtmpConnectionError } from "./rtmp_error.ts";
import type { RtmpSinkLimits } from "./rtmp_sink_limits.ts";
import type { VideoSender } from "./video_sender.ts";

/** What a {@linkcode SessionFeed} needs. */
export interface SessionFeedOptions {
  /** Where access units go. */
  readonly session: Pick<RtmpSession, "pendingBytes" | "stalledMs" | "flushed" | "abort">;
  /** Puts them into messages of that session. */
  readonly sender: Pick<VideoSender, "send" | "end">;
  /** Where they wait. */
  readonly queue: AccessUnitQueue;
  /** How patient it is. */
  readonly limits: RtmpSinkLimits;
  /** Asks the encoder for a key frame. */
  readonly requestKeyFrame: () => void;
  /** Is told of each access unit: whether it was sent, or could not be packaged. */
  readonly onUnit: (sent: boolean) => void;
  /** Is told that the server does not keep up. */
  readonly onStalled: () => void;
  /** Is told that it keeps up again, and how many access units were dropped meanwhile. */
  readonly onFlowing: (dropped: number) => void;
}

/**
 * Feeds one session: sends access units while the kernel takes them and lets them wait while it does
 * not. One at a time is handed on, so that no more than that is beyond the queue's reach.
 */
export class SessionFeed {
  readonly #options: SessionFeedOptions;
  #arrival = Promise.withResolvers<void>();
  #stopped = false;
  /** Count of dropped access units when the server began not to keep up. */
  #droppedBefore: number | undefined;
  #lastDropMs = 0;
  #lastRequestMs = Number.NEGATIVE_INFINITY;

  /** Sends nothing before {@linkcode run}. */
  constructor(options: SessionFeedOptions) {
    this.#options = options;
  }

  /** Whether the server does not keep up. */
  get stalled(): boolean {
    return this.#droppedBefore !== undefined;
  }

  /** Takes an access unit. Gives the session up if nothing was taken from it for too long. */
  offer(unit: AccessUnit): void {
    const { session, queue, limits, onStalled } = this.#options;
    const { stalledMs } = session;
    if (stalledMs > limits.stallMs) session.abort(stallError(stalledMs));
    const nowMs = performance.now();
    const droppedBefore = queue.dropped;
    const overfull = queue.offer(unit, nowMs);
    if (queue.dropped > droppedBefore) this.#lastDropMs = nowMs;
    if (overfull && !this.stalled) {
      this.#droppedBefore = droppedBefore;
      onStalled();
    }
    this.#arrival.resolve();
  }

  /** Sends what comes, until it is stopped. */
  async run(): Promise<void> {
    const { session, queue } = this.#options;
    while (!this.#stopped) {
      this.#sendNext();
      if (session.pendingBytes > 0) {
        await session.flushed();
      } else if (queue.length === 0) {
        // Only now: during a stall, key frames would help nobody.
        if (queue.needsKeyFrame) this.#askForKeyFrame();
        await this.#nextArrival();
      }
    }
  }

  /** Makes {@linkcode run} come to its end. What waits stays in the queue. */
  stop(): void {
    this.#stopped = true;
    this.#arrival.resolve();
  }

  /** Stops, sends what waits and the end of the stream. What is not gone in time never will be. */
  async finish(): Promise<void> {
    this.stop();
    const { session, sender, queue, limits } = this.#options;
    while (queue.length > 0) this.#sendNext();
    sender.end();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => timer = setTimeout(resolve, limits.flushMs));
    await Promise.race([session.flushed(), limit]);
    clearTimeout(timer);
    if (session.pendingBytes > 0) session.abort();
  }

  #sendNext(): void {
    const { sender, queue, onUnit } = this.#options;
    const unit = queue.take();
    if (unit === undefined) return;
    try {
      sender.send(unit);
    } catch (error) {
      if (!(error instanceof StreamerError)) throw error;
      onUnit(false);
      // What follows may refer to it.
      queue.skipToKeyFrame();
      return;
    }
    onUnit(true);
    this.#noteFlow();
  }

  #noteFlow(): void {
    const { queue, limits, onFlowing } = this.#options;
    const before = this.#droppedBefore;
    if (before === undefined || performance.now() - this.#lastDropMs < limits.steadyMs) return;
    this.#droppedBefore = undefined;
    onFlowing(queue.dropped - before);
  }

  #askForKeyFrame(): void {
    const { limits, requestKeyFrame } = this.#options;
    const nowMs = performance.now();
    if (nowMs - this.#lastRequestMs < limits.keyFrameEveryMs) return;
    this.#lastRequestMs = nowMs;
    requestKeyFrame();
  }

  async #nextArrival(): Promise<void> {
    await this.#arrival.promise;
    this.#arrival = Promise.withResolvers<void>();
  }
}

function stallError(stalledMs: number): StreamerError {
  const seconds = Math.round(stalledMs / 1000);
  return new RtmpConnectionError(
    `The RTMP server has taken nothing for ${seconds} s`,
    "rtmp_stalled",
  );
}
