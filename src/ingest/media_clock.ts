/** A frame's place in time. */
export interface MediaTime {
  /** Microseconds since the first frame; strictly increasing. */
  readonly ptsUs: number;
  /** Unix time of capture in microseconds; of arrival, where the producer's clock is no Unix time. */
  readonly captureUnixUs: number;
}

/** How far a capture time may be from its arrival and still be Unix time. */
const UNIX_TIME_WITHIN_US = 10_000_000;
/** Two frames are never closer: some ticks of a 90 kHz clock. */
const LEAST_STEP_US = 100;
/**
 * How far media time may be from elapsed time, either way, where arrivals do not explain it. Twice this is what
 * it can be off over any window of time.
 */
const TOLERANCE_US = 45_000;
/** How long a capture clock must have been right before it is followed again. */
const PROBATION_US = 5_000_000;
/** How fast elapsed time is fitted to the capture clock: more than two clocks ever run apart. */
const SKEW = 0.001;
/** Time over which the usual interval of arrivals is averaged. */
const USUAL_OVER_US = 10_000_000;
/** What an arrival may be later than usual without being a stall. */
const JITTER_US = 20_000;
/** Frames that catch up become less late by this much within this time; where they do not, the clock has jumped. */
const CATCHING_UP = { byUs: 1000, withinUs: 250_000 };
/** How fast lateness that is not caught up stops to be explained, in parts a second. */
const FORGETTING = 0.5;

/**
 * Media time out of the producer's capture times, which are followed exactly as long as they make sense as a
 * whole: they must advance as time does. Frames may be late, by any time for which no frame had arrived, and
 * catch up. A clock that repeats, runs backwards, runs at another rate or jumps is not followed: media time is
 * then the time of arrival, until the clock has been right for five seconds. Whatever the clock does, media time
 * does not drift from elapsed time.
 */
export class MediaClock {
  #startMs: number | undefined;
  #lastMs = 0;
  #lastCaptureUs = 0;
  #ptsUs = 0;
  /** What the capture clock shows at media time 0. */
  #originUs = 0;
  /** Added to the time since the first arrival, to fit it to a capture clock that runs a little apart. */
  #skewUs = 0;
  #usualUs = 0;
  #latenessUs = 0;
  /** The part of the lateness that stalls explain. */
  #explainedUs = 0;
  /** The least lateness since the last stall, and for how long it has been the least. */
  #leastUs = 0;
  #leastForUs = 0;
  /** Elapsed time from which on the capture clock is followed. */
  #followedFromUs = 0;

  /**
   * Places the next frame.
   *
   * @param stampUs Capture time by the producer's clock, in microseconds; fractions are cut off.
   * @param arrivedMs Arrival by our steady clock.
   * @param arrivedUnixUs Arrival in Unix time.
   */
  place(stampUs: number, arrivedMs: number, arrivedUnixUs: number): MediaTime {
    const captureUs = Math.floor(stampUs);
    if (this.#startMs === undefined) {
      this.#startMs = arrivedMs;
      this.#originUs = captureUs;
    } else {
      const mediaUs = this.#mediaTime(captureUs, arrivedMs);
      this.#ptsUs = Math.max(Math.round(mediaUs), this.#ptsUs + LEAST_STEP_US);
    }
    this.#lastCaptureUs = captureUs;
    this.#lastMs = arrivedMs;
    const isUnixTime = Math.abs(captureUs - arrivedUnixUs) <= UNIX_TIME_WITHIN_US;
    return { ptsUs: this.#ptsUs, captureUnixUs: isUnixTime ? captureUs : arrivedUnixUs };
  }

  #mediaTime(captureUs: number, arrivedMs: number): number {
    const sinceUs = (arrivedMs - this.#lastMs) * 1000;
    const elapsedUs = (arrivedMs - (this.#startMs ?? 0)) * 1000 + this.#skewUs;
    const latenessUs = elapsedUs - (captureUs - this.#originUs);
    this.#explain(latenessUs, sinceUs);
    const isRight = captureUs > this.#lastCaptureUs && latenessUs >= -TOLERANCE_US &&
      latenessUs <= this.#explainedUs + TOLERANCE_US;
    if (!isRight) {
      this.#originUs = captureUs - elapsedUs;
      this.#latenessUs = this.#explainedUs = 0;
      this.#isLeast(0);
      this.#followedFromUs = elapsedUs + PROBATION_US;
      return elapsedUs;
    }
    this.#latenessUs = latenessUs;
    if (elapsedUs < this.#followedFromUs) return elapsedUs;
    const correctionUs = SKEW * sinceUs;
    this.#skewUs += Math.min(Math.max(-latenessUs, -correctionUs), correctionUs);
    return captureUs - this.#originUs;
  }

  /** How much of the lateness is explained: that for which nothing had arrived, as long as it is made up for. */
  #explain(latenessUs: number, sinceUs: number): void {
    const usualUs = this.#usualUs || sinceUs;
    const stallUs = sinceUs - usualUs - Math.min(usualUs / 2, JITTER_US);
    const grownUs = latenessUs - this.#latenessUs;
    this.#leastForUs += sinceUs;
    if (stallUs > 0 && grownUs > 0) {
      this.#explainedUs += Math.min(stallUs, grownUs);
      this.#isLeast(latenessUs);
    } else if (latenessUs < this.#leastUs - CATCHING_UP.byUs) {
      this.#isLeast(latenessUs);
    } else if (this.#leastForUs > CATCHING_UP.withinUs) {
      this.#explainedUs *= 1 - Math.min(FORGETTING * sinceUs / 1e6, 1);
    }
    this.#explainedUs = Math.min(this.#explainedUs, Math.max(latenessUs, 0));
    // A stall is no measure of what is usual.
    const measuredUs = Math.min(sinceUs, 4 * usualUs);
    this.#usualUs = usualUs + (measuredUs - usualUs) * Math.min(measuredUs / USUAL_OVER_US, 0.5);
  }

  #isLeast(latenessUs: number): void {
    this.#leastUs = latenessUs;
    this.#leastForUs = 0;
  }
}
