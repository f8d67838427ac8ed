/** Bit rates that there are, in kbit/s. */
export const BITRATE_KBPS = { min: 1, max: 2_048_000 } as const;

/** Between which bit rates, in kbit/s. */
export interface RateRange {
  readonly leastKbps: number;
  readonly mostKbps: number;
}

/** What is seen of a consumer at one moment. */
export interface RateObservation {
  /** On a clock that never runs backwards. */
  readonly nowMs: number;
  /** Bytes that it has taken since the beginning. */
  readonly takenBytes: number;
  /** Bytes that wait for it. */
  readonly waitingBytes: number;
  /** How long the oldest of these have waited, in milliseconds. */
  readonly waitingMs: number;
}

/**
 * How late, in milliseconds, is too late: at once; for a while on end, since a key frame is large and makes others wait
 * as it goes; and how late is in time.
 */
const LATE = { atOnceMs: 600, standingMs: 250, inTimeMs: 100 };
/** Time in which nothing was earlier, and time in which something must have been in time. */
const STANDING_MS = 400;
const EASY_MS = 1000;
/** Time over which is measured what a consumer takes. */
const MEASURED_MS = 250;
/** Time in which a lower rate shows its effect. */
const EFFECT_MS = 600;
/** The part of what the consumer takes that it is given: what waits has to go, too. */
const BELOW = 0.75;
/** No step down is larger than this: a short stall says nothing of the rate. */
const LOWEST_PART = 1 / 4;
/** How long all must have gone well before the rate goes up. */
const CALM_MS = 1500;
/** Steps up, in a second. Near the rate that was too much the last time, they are small. */
const STEP = { everyMs: 1000, far: 1.15, near: 1.04 };
/** What is near. */
const NEAR = { from: 0.85, to: 1.15 };

/**
 * The bit rate that a consumer can take, found by how it keeps up: down at once to less than it was seen to take, and
 * up again slowly.
 */
export class AdaptiveRate {
  readonly #range: RateRange;
  #kbps: number;
  /** What it took when that was too little. */
  #ceilingKbps = Infinity;
  #sample: { nowMs: number; takenBytes: number } | undefined;
  #takenKbps: number | undefined;
  #loweredMs = Number.NEGATIVE_INFINITY;
  #lateWhenLoweredMs = 0;
  readonly #standing = new WindowedMinimum(STANDING_MS);
  readonly #easy = new WindowedMinimum(EASY_MS);
  #uneasyMs = Number.NEGATIVE_INFINITY;
  #raisedMs = Number.NEGATIVE_INFINITY;

  /** Begins with the highest rate. */
  constructor(range: RateRange) {
    this.#range = range;
    this.#kbps = range.mostKbps;
  }

  /** The rate that it can take, in kbit/s. */
  get kbps(): number {
    return this.#kbps;
  }

  /** Takes another look at the consumer: some ten times a second or more. */
  observe(seen: RateObservation): void {
    this.#measure(seen);
    const { nowMs } = seen;
    const lateMs = this.#lateMs(seen);
    const standingMs = this.#standing.take(lateMs, nowMs);
    if (this.#easy.take(lateMs, nowMs) > LATE.inTimeMs) this.#uneasyMs = nowMs;
    if (lateMs > LATE.atOnceMs || standingMs > LATE.standingMs) this.#lower(nowMs, lateMs);
    else if (nowMs - this.#uneasyMs >= CALM_MS) this.#raise(nowMs);
  }

  /** Nothing that was measured counts any more: it is gone, or nothing waits for it. */
  pause(): void {
    this.#sample = this.#takenKbps = undefined;
  }

  /** What it takes shows only while something waits: before, it takes what there is. */
  #measure({ nowMs, takenBytes, waitingBytes }: RateObservation): void {
    if (waitingBytes === 0) this.pause();
    const since = this.#sample;
    if (since !== undefined && nowMs - since.nowMs < MEASURED_MS) return;
    if (since !== undefined) {
      this.#takenKbps = 8 * (takenBytes - since.takenBytes) / (nowMs - since.nowMs);
    }
    this.#sample = { nowMs, takenBytes };
  }

  /** How late what is written now would be, in milliseconds. */
  #lateMs({ waitingBytes, waitingMs }: RateObservation): number {
    // One that has taken nothing for a moment is late by what has waited.
    const toGoMs = this.#takenKbps ? 8 * waitingBytes / this.#takenKbps : 0;
    return Math.max(waitingMs, toGoMs);
  }

  #lower(nowMs: number, lateMs: number): void {
    const sinceMs = nowMs - this.#loweredMs;
    // What waits goes, if slowly.
    const helps = sinceMs < CALM_MS && lateMs < this.#lateWhenLoweredMs;
    if (sinceMs < EFFECT_MS || helps) return;
    const takenKbps = Math.max(this.#takenKbps ?? 0, LOWEST_PART * this.#kbps);
    this.#ceilingKbps = Math.min(this.#kbps, takenKbps);
    this.#kbps = Math.max(Math.round(BELOW * this.#ceilingKbps), this.#range.leastKbps);
    this.#loweredMs = nowMs;
    this.#lateWhenLoweredMs = lateMs;
  }

  #raise(nowMs: number): void {
    if (this.#kbps === this.#range.mostKbps || nowMs - this.#raisedMs < STEP.everyMs) return;
    const part = this.#kbps / this.#ceilingKbps;
    const isNear = part > NEAR.from && part < NEAR.to;
    const next = Math.ceil(this.#kbps * (isNear ? STEP.near : STEP.far));
    this.#kbps = Math.min(next, this.#range.mostKbps);
    this.#raisedMs = nowMs;
  }
}

/** The least of the values of the last while: between one and two halves of it. */
class WindowedMinimum {
  readonly #halfMs: number;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #before = 0;
  #now = 0;

  constructor(windowMs: number) {
    this.#halfMs = windowMs / 2;
  }

  /** Takes a value, and gives the least. */
  take(value: number, nowMs: number): number {
    if (nowMs - this.#sinceMs >= this.#halfMs) {
      this.#before = this.#now;
      this.#now = value;
      this.#sinceMs = nowMs;
    }
    this.#now = Math.min(this.#now, value);
    return Math.min(this.#before, this.#now);
  }
}
