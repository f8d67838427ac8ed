/** Callbacks of a {@linkcode CongestionMonitor}. */
export interface CongestionEvents {
  /** Called when the consumer stops keeping up and access units are dropped. */
  onCongested(): void;
  /** Called when the consumer keeps up again, with the number of access units dropped in between. */
  onRecovered(dropped: number): void;
}

/** Time without a drop after which a consumer keeps up again, in milliseconds. */
const STEADY_MS = 10_000;

/** Detects whether a consumer keeps up. Reports congestion once, not with every dropped access unit. */
export class CongestionMonitor {
  readonly #events: CongestionEvents;
  readonly #steadyMs: number;
  /** Number of access units dropped before the congestion; undefined without congestion. */
  #droppedBefore: number | undefined;
  #lastDropMs = 0;

  /** Creates a monitor of a consumer that keeps up. */
  constructor(events: CongestionEvents, steadyMs = STEADY_MS) {
    this.#events = events;
    this.#steadyMs = steadyMs;
  }

  /** Whether the consumer does not keep up. */
  get isCongested(): boolean {
    return this.#droppedBefore !== undefined;
  }

  /**
   * Records that the queue overflowed.
   *
   * @param droppedBefore Number of access units dropped before that.
   */
  overflowed(droppedBefore: number, nowMs: number): void {
    this.#lastDropMs = nowMs;
    if (this.isCongested) return;
    this.#droppedBefore = droppedBefore;
    this.#events.onCongested();
  }

  /** Records that an access unit was dropped because one that it refers to was dropped. */
  dropped(nowMs: number): void {
    this.#lastDropMs = nowMs;
  }

  /**
   * Records that the consumer took an access unit.
   *
   * @param dropped Number of access units dropped so far.
   */
  taken(dropped: number, nowMs: number): void {
    const before = this.#droppedBefore;
    if (before === undefined || nowMs - this.#lastDropMs < this.#steadyMs) return;
    this.#droppedBefore = undefined;
    this.#events.onRecovered(dropped - before);
  }

  /** Starts over after the consumer has disconnected. */
  reset(): void {
    this.#droppedBefore = undefined;
  }
}
