import type { UnusedReason } from "./unused_reason.ts";

/** Length of a window, and the number and share of lost frames from which its loss is reported. */
const WINDOW = { ms: 5000, leastFrames: 20, lossLimit: 0.25 } as const;

/** The frames of one window. */
export interface Loss {
  /** Announced frames. */
  readonly announced: number;
  /** Length of the window. */
  readonly seconds: number;
  /** Lost frames by reason. */
  readonly unused: ReadonlyMap<UnusedReason, number>;
}

/** Detects that a large share of the frames is lost while others get through. */
export class LossWatch {
  readonly #onLoss: (loss: Loss) => void;
  #unused = new Map<UnusedReason, number>();
  #used = 0;
  #sinceMs = 0;

  /** @param onLoss Called with each window in which too many frames were lost. */
  constructor(onLoss: (loss: Loss) => void) {
    this.#onLoss = onLoss;
  }

  /** Counts a frame that was read intact. */
  used(nowMs: number): void {
    this.#used++;
    this.#update(nowMs);
  }

  /** Counts a frame that was lost. */
  unused(why: UnusedReason, nowMs: number): void {
    this.#unused.set(why, (this.#unused.get(why) ?? 0) + 1);
    this.#update(nowMs);
  }

  #update(nowMs: number): void {
    if (this.#sinceMs === 0) this.#sinceMs = nowMs;
    const seconds = (nowMs - this.#sinceMs) / 1000;
    if (seconds * 1000 < WINDOW.ms) return;
    const lost = this.#unused.values().reduce((sum, count) => sum + count, 0);
    const announced = lost + this.#used;
    const isOverLimit = announced >= WINDOW.leastFrames && lost >= WINDOW.lossLimit * announced;
    // FrameWatch reports sooner when no frame gets through.
    if (isOverLimit && this.#used > 0) this.#onLoss({ announced, seconds, unused: this.#unused });
    this.#unused = new Map();
    this.#used = 0;
    this.#sinceMs = nowMs;
  }
}
