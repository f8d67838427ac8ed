import type { Unused } from "./unused.ts";

/** Over how long loss is judged, from how many frames on, and what part of them is much. */
const WINDOW = { ms: 5000, leastFrames: 20, muchOf: 0.25 } as const;

/** What was announced in a while, and what became of it. */
export interface Loss {
  readonly announced: number;
  readonly seconds: number;
  readonly unused: ReadonlyMap<Unused, number>;
}

/** Finds that a large part of the frames is lost, though others get through. */
export class LossWatch {
  readonly #onLoss: (loss: Loss) => void;
  #unused = new Map<Unused, number>();
  #used = 0;
  #sinceMs = 0;

  /** @param onLoss Is told of each while in which much was lost. */
  constructor(onLoss: (loss: Loss) => void) {
    this.#onLoss = onLoss;
  }

  /** A frame was read whole. */
  used(nowMs: number): void {
    this.#used++;
    this.#judge(nowMs);
  }

  /** A frame was not used. */
  unused(why: Unused, nowMs: number): void {
    this.#unused.set(why, (this.#unused.get(why) ?? 0) + 1);
    this.#judge(nowMs);
  }

  #judge(nowMs: number): void {
    if (this.#sinceMs === 0) this.#sinceMs = nowMs;
    const seconds = (nowMs - this.#sinceMs) / 1000;
    if (seconds * 1000 < WINDOW.ms) return;
    const lost = this.#unused.values().reduce((sum, count) => sum + count, 0);
    const announced = lost + this.#used;
    const isMuch = announced >= WINDOW.leastFrames && lost >= WINDOW.muchOf * announced;
    // Where nothing gets through, that is told sooner, and by another.
    if (isMuch && this.#used > 0) this.#onLoss({ announced, seconds, unused: this.#unused });
    this.#unused = new Map();
    this.#used = 0;
    this.#sinceMs = nowMs;
  }
}
