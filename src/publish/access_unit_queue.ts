import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { QueuePolicy } from "./queue_policy.ts";

interface Waiting {
  readonly unit: AccessUnit;
  readonly sinceMs: number;
}

/**
 * Access units that wait for a slow consumer. When they get too old or too many, all of them go, and
 * with them everything up to the next key frame: a decoder must never be given a picture whose
 * references it did not get, and what waits behind a stall is of no use to live viewers.
 *
 * It begins closed to all but a key frame, as every new session does.
 */
export class AccessUnitQueue {
  readonly #limits: QueuePolicy;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #dropped = 0;
  #needsKeyFrame = true;

  /** An empty queue. */
  constructor(limits: QueuePolicy) {
    this.#limits = limits;
  }

  /** Access units that wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest that waits came. */
  get oldestMs(): number | undefined {
    return this.#waiting[0]?.sinceMs;
  }

  /** Access units dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether everything but a key frame is dropped for now. */
  get needsKeyFrame(): boolean {
    return this.#needsKeyFrame;
  }

  /**
   * Takes an access unit in, or drops it.
   *
   * @param nowMs Time on a clock that never runs backwards.
   * @returns Whether too much was waiting, so that all of it went.
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

  /** Takes the oldest access unit out. */
  take(): AccessUnit | undefined {
    const first = this.#waiting.shift();
    if (first !== undefined) this.#bytes -= first.unit.data.length;
    return first?.unit;
  }

  /** Drops everything; only a key frame gets in next. */
  clear(): void {
    this.#dropped += this.#waiting.length;
    this.#waiting = [];
    this.#bytes = 0;
    this.#needsKeyFrame = true;
  }

  /** Drops what waits before the next key frame, for what came before it is lost. */
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
