import type { AccessUnit } from "../bitstream/access_unit.ts";
import { AccessUnitQueue } from "../bitstream/access_unit_queue.ts";

/** Bytes that may wait, whatever their age. */
const MAX_BYTES = 64 << 20;
/** Least time from one request for a key frame to the next: every other sink has to send them, too. */
const KEY_FRAME_EVERY_MS = 1000;

/**
 * Access units that wait for one consumer. When it does not keep up, everything goes, up to the next
 * key frame; that one is asked for as soon as the consumer is there again.
 */
export class Backlog {
  readonly #queue: AccessUnitQueue;
  readonly #requestKeyFrame: () => void;
  #lastRequestMs = Number.NEGATIVE_INFINITY;
  /** Whether the key frame that comes by itself will do. */
  #patient = false;

  /**
   * An empty one, closed to all but a key frame.
   *
   * @param maxQueueMs Age at which the oldest takes all others with it.
   * @param requestKeyFrame Asks the encoder for a key frame.
   */
  constructor(maxQueueMs: number, requestKeyFrame: () => void) {
    this.#queue = new AccessUnitQueue({ maxAgeMs: maxQueueMs, maxBytes: MAX_BYTES });
    this.#requestKeyFrame = requestKeyFrame;
  }

  /** Access units dropped so far. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Whether everything but a key frame is dropped for now. */
  get needsKeyFrame(): boolean {
    return this.#queue.needsKeyFrame;
  }

  /** Takes an access unit in, or drops it. */
  offer(unit: AccessUnit): void {
    if (this.#queue.offer(unit, performance.now())) this.#patient = false;
  }

  /** Takes the oldest out for a consumer that has time for it. */
  take(): AccessUnit | undefined {
    const unit = this.#queue.take();
    if (unit === undefined && this.#queue.needsKeyFrame && !this.#patient) this.#ask();
    return unit;
  }

  /** The consumer has lost a unit: what refers to it is dropped. Others are not troubled for a key frame. */
  skipToKeyFrame(): void {
    this.#queue.skipToKeyFrame();
    this.#patient = true;
  }

  #ask(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastRequestMs < KEY_FRAME_EVERY_MS) return;
    this.#lastRequestMs = nowMs;
    this.#requestKeyFrame();
  }
}
