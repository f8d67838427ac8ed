/** What is told of a consumer's pace. */
export interface FlowEvents {
  /** It does not keep up: access units are dropped. */
  onBehind(): void;
  /** It keeps up again; so many were dropped meanwhile. */
  onFlowing(dropped: number): void;
}

/** A consumer keeps up again when nothing was dropped for this long, in milliseconds. */
const STEADY_MS = 10_000;

/** Tells whether a consumer keeps up. One that is just too slow is told of once, not with every frame. */
export class FlowWatch {
  readonly #events: FlowEvents;
  readonly #steadyMs: number;
  /** Count of dropped access units when it began not to keep up. */
  #droppedBefore: number | undefined;
  #lastDropMs = 0;

  /** It keeps up, until something else is seen. */
  constructor(events: FlowEvents, steadyMs = STEADY_MS) {
    this.#events = events;
    this.#steadyMs = steadyMs;
  }

  /** Whether it does not keep up. */
  get isBehind(): boolean {
    return this.#droppedBefore !== undefined;
  }

  /** Too much was waiting; `before` it, so many had been dropped. */
  overfull(before: number, nowMs: number): void {
    this.#lastDropMs = nowMs;
    if (this.isBehind) return;
    this.#droppedBefore = before;
    this.#events.onBehind();
  }

  /** One was dropped, since it cannot be decoded without those that were. */
  dropped(nowMs: number): void {
    this.#lastDropMs = nowMs;
  }

  /** It has taken one; by now so many have been dropped. */
  taken(dropped: number, nowMs: number): void {
    const before = this.#droppedBefore;
    if (before === undefined || nowMs - this.#lastDropMs < this.#steadyMs) return;
    this.#droppedBefore = undefined;
    this.#events.onFlowing(dropped - before);
  }

  /** It is gone: what comes next is another. */
  reset(): void {
    this.#droppedBefore = undefined;
  }
}
