/** Range of bit rates in kbit/s. */
export const BITRATE_KBPS = { min: 1, max: 2_048_000 } as const;

/** Limits of an {@linkcode AdaptiveRate}, in kbit/s. */
export interface RateRange {
  readonly minKbps: number;
  readonly maxKbps: number;
}

/** State of a consumer at one time. */
export interface RateObservation {
  /** Time on a monotonic clock. */
  readonly nowMs: number;
  /** Total number of bytes that it has taken. */
  readonly takenBytes: number;
  /** Number of bytes that wait for it. */
  readonly waitingBytes: number;
  /** Time that the oldest of these bytes have waited, in milliseconds. */
  readonly waitingMs: number;
}

/**
 * Thresholds of the delay, in milliseconds. The rate goes down as soon as the delay is above `immediateMs`,
 * or when it stays above `standingMs`: a large key frame alone causes a short delay. Below `onTimeMs`, access
 * units are on time.
 */
const DELAY = { immediateMs: 600, standingMs: 250, onTimeMs: 100 };
/** Window of the minimum delay that is compared with `standingMs`. */
const STANDING_WINDOW_MS = 400;
/** Window of the minimum delay that is compared with `onTimeMs`. */
const ON_TIME_WINDOW_MS = 1000;
/** Time over which the throughput is measured. */
const MEASURE_MS = 250;
/** Time until a lower rate takes effect. */
const EFFECT_MS = 600;
/** New rate as a fraction of the throughput. Below 1, so that the queue drains. */
const THROUGHPUT_FRACTION = 0.75;
/** Largest step down: a short stall does not show the available throughput. */
const MIN_STEP_DOWN = 1 / 4;
/** Time for which everything must have been on time before the rate goes up. */
const CALM_MS = 1500;
/** Steps up. They are smaller near the last rate that was too high. */
const STEP_UP = { everyMs: 1000, far: 1.15, near: 1.04 };
/** Rates near the last rate that was too high, as fractions of it. */
const NEAR = { from: 0.85, to: 1.15 };

/**
 * Finds the bit rate that a consumer can take. Lowers the rate below the measured throughput as soon as the
 * consumer does not keep up, and raises it slowly afterwards.
 */
export class AdaptiveRate {
  readonly #range: RateRange;
  #kbps: number;
  /** Throughput when the rate was last too high. */
  #ceilingKbps = Infinity;
  #sample: { nowMs: number; takenBytes: number } | undefined;
  #throughputKbps: number | undefined;
  #loweredMs = Number.NEGATIVE_INFINITY;
  #delayWhenLoweredMs = 0;
  readonly #standing = new WindowedMinimum(STANDING_WINDOW_MS);
  readonly #onTime = new WindowedMinimum(ON_TIME_WINDOW_MS);
  #lastLateMs = Number.NEGATIVE_INFINITY;
  #raisedMs = Number.NEGATIVE_INFINITY;

  /** Starts with the maximum rate. */
  constructor(range: RateRange) {
    this.#range = range;
    this.#kbps = range.maxKbps;
  }

  /** Current rate in kbit/s. */
  get kbps(): number {
    return this.#kbps;
  }

  /** Updates the rate. Must be called about ten times per second or more often. */
  observe(observation: RateObservation): void {
    this.#measure(observation);
    const { nowMs } = observation;
    const delayMs = this.#delayMs(observation);
    const standingMs = this.#standing.update(delayMs, nowMs);
    if (this.#onTime.update(delayMs, nowMs) > DELAY.onTimeMs) this.#lastLateMs = nowMs;
    if (delayMs > DELAY.immediateMs || standingMs > DELAY.standingMs) this.#lower(nowMs, delayMs);
    else if (nowMs - this.#lastLateMs >= CALM_MS) this.#raise(nowMs);
  }

  /** Discards the measured throughput: the consumer is not ready, or nothing waits for it. */
  pause(): void {
    this.#sample = this.#throughputKbps = undefined;
  }

  /** Measures the throughput, which is only known while something waits. */
  #measure({ nowMs, takenBytes, waitingBytes }: RateObservation): void {
    if (waitingBytes === 0) this.pause();
    const since = this.#sample;
    if (since !== undefined && nowMs - since.nowMs < MEASURE_MS) return;
    if (since !== undefined) {
      this.#throughputKbps = 8 * (takenBytes - since.takenBytes) / (nowMs - since.nowMs);
    }
    this.#sample = { nowMs, takenBytes };
  }

  /** Estimates the delay of an access unit that is written now, in milliseconds. */
  #delayMs({ waitingBytes, waitingMs }: RateObservation): number {
    // Without throughput, the delay is at least the time that the oldest bytes have waited.
    const drainMs = this.#throughputKbps ? 8 * waitingBytes / this.#throughputKbps : 0;
    return Math.max(waitingMs, drainMs);
  }

  #lower(nowMs: number, delayMs: number): void {
    const sinceMs = nowMs - this.#loweredMs;
    // The last step is enough if the queue drains, even slowly.
    const drains = sinceMs < CALM_MS && delayMs < this.#delayWhenLoweredMs;
    if (sinceMs < EFFECT_MS || drains) return;
    const throughputKbps = Math.max(this.#throughputKbps ?? 0, MIN_STEP_DOWN * this.#kbps);
    this.#ceilingKbps = Math.min(this.#kbps, throughputKbps);
    const kbps = Math.round(THROUGHPUT_FRACTION * this.#ceilingKbps);
    this.#kbps = Math.max(kbps, this.#range.minKbps);
    this.#loweredMs = nowMs;
    this.#delayWhenLoweredMs = delayMs;
  }

  #raise(nowMs: number): void {
    if (this.#kbps === this.#range.maxKbps || nowMs - this.#raisedMs < STEP_UP.everyMs) return;
    const fraction = this.#kbps / this.#ceilingKbps;
    const isNear = fraction > NEAR.from && fraction < NEAR.to;
    const next = Math.ceil(this.#kbps * (isNear ? STEP_UP.near : STEP_UP.far));
    this.#kbps = Math.min(next, this.#range.maxKbps);
    this.#raisedMs = nowMs;
  }
}

/** Minimum of the values in a window, which slides by half of its length. */
class WindowedMinimum {
  readonly #halfMs: number;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #previous = 0;
  #current = 0;

  constructor(windowMs: number) {
    this.#halfMs = windowMs / 2;
  }

  /** Adds a value and returns the minimum. */
  update(value: number, nowMs: number): number {
    if (nowMs - this.#sinceMs >= this.#halfMs) {
      this.#previous = this.#current;
      this.#current = value;
      this.#sinceMs = nowMs;
    }
    this.#current = Math.min(this.#current, value);
    return Math.min(this.#previous, this.#current);
  }
}
