/** Rates that cameras keep, frames a second. */
const COMMON_RATES = [5, 10, 15, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240];
/** Assumed until frames tell. */
const DEFAULT_RATE = 30;
const RATE_RANGE = { least: 1, most: 1000 };
/** Intervals that the usual one is taken from, and how many must be known before there is one. */
const INTERVALS = { most: 16, enough: 8 };
/** The part of the intervals that is left out at each end: stalls, and what follows on them. */
const TRIMMED = 1 / 8;
/** What a rate is measured over: so many frames, and later so many milliseconds, too. */
const MEASURED_OVER = { frames: 16, laterMs: 2000 };
/** Intervals longer than this many usual ones, and than these milliseconds, are pauses and no pace. */
const PAUSE = { intervals: 8, leastMs: 1000 };
/** So many pauses in a row are a slow pace. */
const PAUSES_ARE_A_PACE = 4;
/** How far, as a ratio, the pace must be from the rate that is assumed, or was measured, to change it. */
const CHANGE = { assumed: 0.1, measured: 0.15 };
/** How far apart, as a ratio, two measurements of a change that lasts may be. */
const AGREEING = 0.1;

/** The pace of a producer as its announcements arrive, however unevenly. */
export class FramePace {
  readonly #intervalsMs: number[] = [];
  #lastMs: number | undefined;
  #usualMs: number | undefined;
  #rate = DEFAULT_RATE;
  #measuredRate: number | undefined;
  #isMeasured = false;
  #frames = 0;
  #sinceMs = 0;
  #pauses = 0;

  /** The usual time from one frame to the next in milliseconds; undefined until a few have come. */
  get intervalMs(): number | undefined {
    return this.#usualMs;
  }

  /**
   * The mean number of frames a second. It changes only when the pace changes for good: an encoder makes a key
   * frame for it.
   */
  get frameRate(): number {
    return this.#rate;
  }

  /**
   * Takes note of the newest announcement.
   *
   * @param announcements Since the last call, this one's included; at least 1.
   * @param arrivedMs When the newest arrived, steady clock.
   */
  observe(announcements: number, arrivedMs: number): void {
    const sinceMs = this.#lastMs === undefined ? undefined : arrivedMs - this.#lastMs;
    this.#lastMs = arrivedMs;
    if (sinceMs === undefined || this.#isPause(sinceMs / announcements)) {
      this.#measureFrom(arrivedMs);
      if (++this.#pauses > PAUSES_ARE_A_PACE) this.#forget();
      return;
    }
    this.#pauses = 0;
    for (let i = 0; i < Math.min(announcements, INTERVALS.most); i++) {
      this.#intervalsMs.push(sinceMs / announcements);
      if (this.#intervalsMs.length > INTERVALS.most) this.#intervalsMs.shift();
    }
    if (this.#intervalsMs.length >= INTERVALS.enough) this.#usualMs = usual(this.#intervalsMs);
    this.#measure(announcements, arrivedMs);
  }

  #isPause(intervalMs: number): boolean {
    const usualMs = this.#usualMs ?? Infinity;
    return intervalMs > Math.max(usualMs * PAUSE.intervals, PAUSE.leastMs);
  }

  #forget(): void {
    this.#intervalsMs.length = 0;
    this.#usualMs = undefined;
  }

  #measureFrom(nowMs: number): void {
    this.#frames = 0;
    this.#sinceMs = nowMs;
  }

  #measure(announcements: number, nowMs: number): void {
    this.#frames += announcements;
    const elapsedMs = nowMs - this.#sinceMs;
    const enough = this.#frames >= MEASURED_OVER.frames &&
      (!this.#isMeasured || elapsedMs >= MEASURED_OVER.laterMs);
    if (!enough) return;
    const rate = Math.min(this.#frames * 1000 / Math.max(elapsedMs, 1), RATE_RANGE.most);
    const before = this.#measuredRate ?? rate;
    this.#measuredRate = rate;
    this.#measureFrom(nowMs);
    const lasts = distance(rate, before) <= AGREEING;
    const limit = this.#isMeasured ? CHANGE.measured : CHANGE.assumed;
    if (lasts && distance(rate, this.#rate) > limit) this.#rate = nameOf(rate);
    this.#isMeasured = true;
  }
}

function distance(rate: number, from: number): number {
  return Math.abs(rate / from - 1);
}

function usual(intervalsMs: readonly number[]): number {
  const sorted = intervalsMs.toSorted((a, b) => a - b);
  const trimmed = Math.floor(sorted.length * TRIMMED);
  const middle = sorted.slice(trimmed, sorted.length - trimmed);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** The common rate that is nearest, where that is within what jitter does; else the rate to a tenth. */
function nameOf(rate: number): number {
  const nearest = COMMON_RATES.reduce((a, b) => distance(rate, b) < distance(rate, a) ? b : a);
  if (distance(rate, nearest) < 0.05) return nearest;
  return Math.max(Math.round(rate * 10) / 10, RATE_RANGE.least);
}
