/** A frame's place in time. */
export interface MediaTime {
  /** Microseconds since the first frame; strictly increasing. */
  readonly ptsUs: number;
  /** Unix time of capture in microseconds; of arrival, where the producer's clock is no Unix time. */
  readonly captureUnixUs: number;
}

/** How far the time between two captures may be from the time between their arrivals. */
const PLAUSIBLE_US = 1_000_000;
/** How far a capture time may be from its arrival and still be Unix time. */
const UNIX_TIME_WITHIN_US = 10_000_000;
/** Two frames are never closer: some ticks of a 90 kHz clock. */
const LEAST_STEP_US = 100;

/**
 * Media time out of the producer's capture times. Between two frames it moves by what the capture
 * clock says, so that a late or missing frame shows as a gap; where that clock repeats, runs
 * backwards or jumps (a new producer, a stepped system clock, a file that starts again), it moves by
 * what our own steady clock saw pass between the arrivals.
 */
export class MediaClock {
  #captureUs: number | undefined;
  #arrivedMs = 0;
  #ptsUs = 0;

  /**
   * Places the next frame.
   *
   * @param timestampNs Capture time by the producer's clock.
   * @param arrivedMs Arrival by our steady clock.
   * @param arrivedUnixUs Arrival in Unix time.
   */
  place(timestampNs: bigint, arrivedMs: number, arrivedUnixUs: number): MediaTime {
    const captureUs = Number(timestampNs / 1000n);
    if (this.#captureUs !== undefined) {
      const captured = captureUs - this.#captureUs;
      const arrived = (arrivedMs - this.#arrivedMs) * 1000;
      const plausible = captured > 0 && Math.abs(captured - arrived) <= PLAUSIBLE_US;
      this.#ptsUs += Math.max(Math.round(plausible ? captured : arrived), LEAST_STEP_US);
    }
    this.#captureUs = captureUs;
    this.#arrivedMs = arrivedMs;
    const isUnixTime = Math.abs(captureUs - arrivedUnixUs) <= UNIX_TIME_WITHIN_US;
    return { ptsUs: this.#ptsUs, captureUnixUs: isUnixTime ? captureUs : arrivedUnixUs };
  }
}
