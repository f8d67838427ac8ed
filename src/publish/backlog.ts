import type { AccessUnit } from "../bitstream/access_unit.ts";
import { AccessUnitQueue } from "./access_unit_queue.ts";
import type { FlowWatch } from "./flow_watch.ts";
import type { QueuePolicy } from "./queue_policy.ts";

/** Least time from one request for a key frame to the next: every other sink has to send them, too. */
const KEY_FRAME_EVERY_MS = 1000;

/**
 * Access units that wait for one consumer. When it does not keep up, everything goes, up to the next
 * key frame; that one is asked for as soon as the consumer is there again.
 */
export class Backlog {
  readonly #queue: AccessUnitQueue;
  readonly #requestKeyFrame: () => void;
  readonly #flow: FlowWatch | undefined;
  #lastRequestMs = Number.NEGATIVE_INFINITY;
  #refused = 0;
  /** Whether the key frame that comes by itself will do. */
  #patient = false;

  /**
   * An empty one, closed to all but a key frame.
   *
   * @param requestKeyFrame Asks the encoder for a key frame.
   * @param flow Is told of what is dropped.
   */
  constructor(policy: QueuePolicy, requestKeyFrame: () => void, flow?: FlowWatch) {
    this.#queue = new AccessUnitQueue(policy);
    this.#requestKeyFrame = requestKeyFrame;
    this.#flow = flow;
  }

  /** Access units dropped so far, because too much waited or a key frame was needed. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Access units that came while the consumer was not there. */
  get refused(): number {
    return this.#refused;
  }

  /** When the oldest that waits came, by `performance.now()`. */
  get oldestMs(): number | undefined {
    return this.#queue.oldestMs;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#queue.bytes;
  }

  /** Takes an access unit in, or drops it. */
  offer(unit: AccessUnit): void {
    const before = this.dropped;
    const nowMs = performance.now();
    if (this.#queue.offer(unit, nowMs)) {
      this.#patient = false;
      this.#flow?.overfull(before, nowMs);
    } else if (this.dropped > before) this.#flow?.dropped(nowMs);
  }

  /** Drops this access unit, if any, and all that wait: the consumer is not there. */
  refuse(unit?: AccessUnit): void {
    this.#queue.clear();
    if (unit !== undefined) this.#refused++;
    this.#patient = false;
    this.#flow?.reset();
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
