import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { QueuePolicy } from "./queue_policy.ts";

/** A queued access unit with its arrival time. */
interface Entry {
  readonly unit: AccessUnit;
  readonly sinceMs: number;
}

/**
 * Queue of access units for a slow consumer. When they are too old or too large in total, all of them are
 * dropped, and everything up to the next key frame: a decoder must never get a picture without the pictures
 * that it refers to, and access units older than a stall are of no use to live viewers.
 *
 * A new queue accepts only a key frame first.
 */
export class AccessUnitQueue {
  readonly #limits: QueuePolicy;
  #waiting: Entry[] = [];
  #bytes = 0;
  #dropped = 0;
  #needsKeyFrame = true;

  /** Creates an empty queue. */
  constructor(limits: QueuePolicy) {
    this.#limits = limits;
  }

  /** Number of queued access units. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Number of queued bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Arrival time of the oldest queued access unit. */
  get oldestMs(): number | undefined {
    return this.#waiting[0]?.sinceMs;
  }

  /** Number of access units dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether only a key frame is accepted next. */
  get needsKeyFrame(): boolean {
    return this.#needsKeyFrame;
  }

  /**
   * Queues or drops an access unit.
   *
   * @param nowMs Time on a monotonic clock.
   * @returns Whether the queue overflowed, so that everything in it was dropped.
   */
  offer(unit: AccessUnit, nowMs: number): boolean {
    const overfull = this.#overfull(unit, nowMs);
    if (overfull) this.clear();
    if (this.#needsKeyFrame && (!unit.keyFrame || unit.data.length > this.#limits.maxBytes)) {
      this.#dropped++;
    } else {
      this.#needsKeyFrame = false;
      this.#bytes += unit.data.length;
      this.#waiting.push({ unit, sinceMs: nowMs });
    }
    return overfull;
  }

  /** Removes and returns the oldest access unit. */
  take(): AccessUnit | undefined {
    const first = this.#waiting.shift();
    if (first !== undefined) this.#bytes -= first.unit.data.length;
    return first?.unit;
  }

  /** Drops everything. Only a key frame is accepted next. */
  clear(): void {
    this.#dropped += this.#waiting.length;
    this.#waiting = [];
    this.#bytes = 0;
    this.#needsKeyFrame = true;
  }

  /** Drops everything up to the next key frame, because an earlier access unit was lost. */
  skipToKeyFrame(): void {
    const keyFrame = this.#waiting.findIndex(({ unit }) => unit.keyFrame);
    if (keyFrame < 0) return this.clear();
    this.#dropped += keyFrame;
    for (const { unit } of this.#waiting.splice(0, keyFrame)) this.#bytes -= unit.data.length;
  }

  #overfull(unit: AccessUnit, nowMs: number): boolean {
    const oldest = this.#waiting[0];
    const ageMs = oldest === undefined ? 0 : nowMs - oldest.sinceMs;
    return ageMs > this.#limits.maxAgeMs ||
      this.#bytes + unit.data.length > this.#limits.maxBytes;
  }
}
