/** Frame rates of common cameras, in frames per second. */
const COMMON_RATES = [5, 10, 15, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240];
/** Rate assumed until it is measured. */
const DEFAULT_RATE = 30;
const RATE_RANGE = { least: 1, most: 1000 };
/** Number of recent intervals that are averaged, and how many are needed for an average. */
const INTERVALS = { most: 16, enough: 8 };
/** Share of the intervals that is left out at each end of the average: stalls, and the frames that catch up. */
const TRIMMED = 1 / 8;
/** A rate is measured over this many frames and, after the first measurement, also over this long. */
const MEASURED_OVER = { frames: 16, laterMs: 2000 };
/** An interval longer than both of these, relative and absolute, is a pause. */
const PAUSE = { intervals: 8, leastMs: 1000 };
/** More pauses than this in a row are a slow frame rate. */
const MAX_PAUSES = 4;
/** Relative change of the rate from which the assumed or the measured rate is replaced. */
const CHANGE = { assumed: 0.1, measured: 0.15 };
/** Largest relative difference between two successive measurements of a lasting change. */
const AGREEING = 0.1;
/** Relative difference within which a measured rate is rounded to a common one. */
const JITTER = 0.05;

/** Measures a producer's frame rate and frame interval from its announcements, however unevenly they arrive. */
export class FramePace {
  readonly #intervalsMs: number[] = [];
  #lastMs: number | undefined;
  #averageMs: number | undefined;
  #rate = DEFAULT_RATE;
  #measuredRate: number | undefined;
  #isMeasured = false;
  #frames = 0;
  #sinceMs = 0;
  #pauses = 0;

  /** Usual time between two frames, in milliseconds; undefined until enough frames have arrived. */
  get intervalMs(): number | undefined {
    return this.#averageMs;
  }

  /**
   * Mean number of frames per second, 1 to 1000. It follows only lasting changes, because each change costs a key
   * frame.
   */
  get frameRate(): number {
    return this.#rate;
  }

  /**
   * Records the newest announcement.
   *
   * @param announcements Announcements since the last call, including the newest; at least 1.
   * @param arrivedMs When the newest arrived, on a steady clock.
   */
  observe(announcements: number, arrivedMs: number): void {
    const sinceMs = this.#lastMs === undefined ? undefined : arrivedMs - this.#lastMs;
    this.#lastMs = arrivedMs;
    if (sinceMs === undefined || this.#isPause(sinceMs / announcements)) {
      this.#startMeasurement(arrivedMs);
      if (++this.#pauses > MAX_PAUSES) this.#forgetIntervals();
      return;
    }
    this.#pauses = 0;
    for (let i = 0; i < Math.min(announcements, INTERVALS.most); i++) {
      this.#intervalsMs.push(sinceMs / announcements);
      if (this.#intervalsMs.length > INTERVALS.most) this.#intervalsMs.shift();
    }
    if (this.#intervalsMs.length >= INTERVALS.enough) {
      this.#averageMs = trimmedMean(this.#intervalsMs);
    }
    this.#measure(announcements, arrivedMs);
  }

  #isPause(intervalMs: number): boolean {
    const averageMs = this.#averageMs ?? Infinity;
    return intervalMs > Math.max(averageMs * PAUSE.intervals, PAUSE.leastMs);
  }

  #forgetIntervals(): void {
    this.#intervalsMs.length = 0;
    this.#averageMs = undefined;
  }

  #startMeasurement(nowMs: number): void {
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
    this.#startMeasurement(nowMs);
    const isLasting = difference(rate, before) <= AGREEING;
    const limit = this.#isMeasured ? CHANGE.measured : CHANGE.assumed;
    if (isLasting && difference(rate, this.#rate) > limit) this.#rate = roundRate(rate);
    this.#isMeasured = true;
  }
}

/** Relative difference between two rates. */
function difference(rate: number, from: number): number {
  return Math.abs(rate / from - 1);
}

function trimmedMean(intervalsMs: readonly number[]): number {
  const sorted = intervalsMs.toSorted((a, b) => a - b);
  const trimmed = Math.floor(sorted.length * TRIMMED);
  const middle = sorted.slice(trimmed, sorted.length - trimmed);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** Returns the nearest common rate if it is within jitter, else the rate rounded to a tenth. */
function roundRate(rate: number): number {
  const nearest = COMMON_RATES.reduce((a, b) => difference(rate, b) < difference(rate, a) ? b : a);
  if (difference(rate, nearest) < JITTER) return nearest;
  return Math.max(Math.round(rate * 10) / 10, RATE_RANGE.least);
}
