/** Rates that cameras keep, frames a second. */
const COMMON_RATES = [5, 10, 15, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240];
/** Assumed until frames tell. */
const DEFAULT_RATE = 30;
const RATE_RANGE = { least: 1, most: 1000 };
/** Intervals that are looked at. */
const WINDOW = 16;
/** Intervals that must be known before there is a usual one. */
const ENOUGH = 8;
/** A larger step in the producer's numbers tells nothing of its pace: a restart, or a wrap. */
const LARGEST_STEP = 100;
/** How far apart, as a ratio, the middle half of the intervals may be for the pace to be clear. */
const CLEAR = 1.3;
/** How far, as a ratio, the pace must be from the rate that is assumed, or was measured, to change it. */
const CHANGE = { assumed: 0.1, measured: 0.25 };

/** The pace of a producer, as its announcements arrive, whatever stalls and bursts there are. */
export class FramePace {
  readonly #intervalsMs: number[] = [];
  #lastCount: number | undefined;
  #lastMs = 0;
  #medianMs: number | undefined;
  #rate = DEFAULT_RATE;
  #measured = false;

  /** The usual time from one frame to the next in milliseconds; undefined until a few have come. */
  get intervalMs(): number | undefined {
    return this.#medianMs;
  }

  /** Frames a second. It changes only when the pace changes for good, since an encoder starts anew for it. */
  get frameRate(): number {
    return this.#rate;
  }

  /** Takes note of an announcement: the frame's number and when it arrived. */
  observe(frameCount: number, arrivedMs: number): void {
    const step = this.#lastCount === undefined ? 0 : (frameCount - this.#lastCount) >>> 0;
    if (step >= 1 && step <= LARGEST_STEP) this.#add((arrivedMs - this.#lastMs) / step);
    this.#lastCount = frameCount;
    this.#lastMs = arrivedMs;
  }

  #add(intervalMs: number): void {
    this.#intervalsMs.push(intervalMs);
    if (this.#intervalsMs.length > WINDOW) this.#intervalsMs.shift();
    if (this.#intervalsMs.length < ENOUGH) return;
    const sorted = this.#intervalsMs.toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? intervalMs;
    this.#medianMs = median;
    const middle = middleHalf(sorted);
    const [least = 0] = middle;
    if (sorted.length < WINDOW || (middle.at(-1) ?? 0) > least * CLEAR) return;
    const mean = middle.reduce((sum, value) => sum + value, 0) / middle.length;
    const rate = 1000 / Math.max(mean, 1000 / RATE_RANGE.most);
    const limit = this.#measured ? CHANGE.measured : CHANGE.assumed;
    if (Math.abs(rate / this.#rate - 1) > limit) this.#rate = nameOf(rate);
    this.#measured = true;
  }
}

/** Without the shortest and the longest quarter: stalls and bursts. */
function middleHalf(sorted: readonly number[]): readonly number[] {
  const quarter = sorted.length >> 2;
  return sorted.slice(quarter, sorted.length - quarter);
}

/** The common rate that is nearest, where that is within what jitter does; else the rate to a tenth. */
function nameOf(rate: number): number {
  const distance = (common: number): number => Math.abs(rate / common - 1);
  const nearest = COMMON_RATES.reduce((a, b) => distance(b) < distance(a) ? b : a);
  if (distance(nearest) < 0.05) return nearest;
  return Math.max(Math.round(rate * 10) / 10, RATE_RANGE.least);
}
