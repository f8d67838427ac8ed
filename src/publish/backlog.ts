import type { AccessUnit } from "../bitstream/access_unit.ts";
import { AccessUnitQueue } from "./access_unit_queue.ts";
import type { CongestionMonitor } from "./congestion_monitor.ts";
import type { QueuePolicy } from "./queue_policy.ts";

/** Minimum time between two key frame requests: key frames go to all other sinks, too. */
const KEY_FRAME_EVERY_MS = 1000;

/**
 * Queue of access units for one consumer. If the consumer does not keep up, all queued access units are
 * dropped, and everything up to the next key frame. A key frame is requested when the consumer is ready for
 * the next access unit.
 */
export class Backlog {
  readonly #queue: AccessUnitQueue;
  readonly #requestKeyFrame: () => void;
  readonly #monitor: CongestionMonitor | undefined;
  #lastRequestMs = Number.NEGATIVE_INFINITY;
  #refused = 0;
  /** Whether to wait for the next regular key frame instead of requesting one. */
  #waitsForKeyFrame = false;

  /**
   * Creates an empty backlog, which accepts only a key frame first.
   *
   * @param requestKeyFrame Requests a key frame from the encoder.
   * @param monitor Notified of drops.
   */
  constructor(policy: QueuePolicy, requestKeyFrame: () => void, monitor?: CongestionMonitor) {
    this.#queue = new AccessUnitQueue(policy);
    this.#requestKeyFrame = requestKeyFrame;
    this.#monitor = monitor;
  }

  /** Number of access units dropped because the queue overflowed or a key frame was needed. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Number of access units dropped because the consumer was not ready. */
  get refused(): number {
    return this.#refused;
  }

  /** Arrival time of the oldest queued access unit, by `performance.now()`. */
  get oldestMs(): number | undefined {
    return this.#queue.oldestMs;
  }

  /** Number of queued bytes. */
  get bytes(): number {
    return this.#queue.bytes;
  }

  /** Queues or drops an access unit. */
  offer(unit: AccessUnit): void {
    const before = this.dropped;
    const nowMs = performance.now();
    if (this.#queue.offer(unit, nowMs)) {
      this.#waitsForKeyFrame = false;
      this.#monitor?.overflowed(before, nowMs);
    } else if (this.dropped > before) this.#monitor?.dropped(nowMs);
  }

  /** Drops the queued access units, and this one if given, because the consumer is not ready. */
  refuse(unit?: AccessUnit): void {
    this.#queue.clear();
    if (unit !== undefined) this.#refused++;
    this.#waitsForKeyFrame = false;
    this.#monitor?.reset();
  }

  /** Removes and returns the oldest access unit. Called when the consumer is ready for it. */
  take(): AccessUnit | undefined {
    const unit = this.#queue.take();
    const needsRequest = this.#queue.needsKeyFrame && !this.#waitsForKeyFrame;
    if (unit === undefined && needsRequest) this.#requestAtIntervals();
    return unit;
  }

  /**
   * Drops everything up to the next key frame because the consumer lost an access unit. Does not request a
   * key frame: other sinks do not need it.
   */
  skipToKeyFrame(): void {
    this.#queue.skipToKeyFrame();
    this.#waitsForKeyFrame = true;
  }

  #requestAtIntervals(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastRequestMs < KEY_FRAME_EVERY_MS) return;
    this.#lastRequestMs = nowMs;
    this.#requestKeyFrame();
  }
}
