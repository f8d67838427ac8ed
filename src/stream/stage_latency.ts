import type { AccessUnit } from "../bitstream/access_unit.ts";

/** Upper bounds of the buckets of a {@linkcode StageHistogram}, in seconds. */
export const STAGE_BUCKETS: readonly number[] = [
  0.0005,
  0.001,
  0.002,
  0.003,
  0.005,
  0.0075,
  0.01,
  0.015,
  0.02,
  0.033,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
];

/** A stage of the processing of a frame; `capture_to_sent` is the total. */
export type Stage =
  | "capture_to_announced"
  | "announced_to_read"
  | "read_to_encoded"
  | "encoded_to_sent"
  | "capture_to_sent";

/** The stages in their order, and the total. */
export const STAGES: readonly Stage[] = [
  "capture_to_announced",
  "announced_to_read",
  "read_to_encoded",
  "encoded_to_sent",
  "capture_to_sent",
];

/** Histogram of the duration of a stage. */
export interface StageHistogram {
  /** Number of frames in each of {@linkcode STAGE_BUCKETS}, followed by the number of slower ones. */
  readonly counts: readonly number[];
  /** Sum of all durations in seconds. */
  readonly sumSeconds: number;
}

/** Records the duration of each stage, in constant memory and without allocating for a frame. */
export class StageLatency {
  readonly #counts = new Float64Array(STAGES.length * (STAGE_BUCKETS.length + 1));
  readonly #sums = new Float64Array(STAGES.length);

  /**
   * Records an access unit.
   *
   * @param encodedUnixUs Time at which it left the encoder, as Unix time in microseconds.
   * @param sentUnixUs Time at which it was passed to all outputs; undefined if none of them accepted it.
   */
  record(unit: AccessUnit, encodedUnixUs: number, sentUnixUs: number | undefined): void {
    const { captureUnixUs, announcedUnixUs, readUnixUs } = unit;
    if (announcedUnixUs !== undefined && readUnixUs !== undefined) {
      this.#add(0, announcedUnixUs - captureUnixUs);
      this.#add(1, readUnixUs - announcedUnixUs);
      this.#add(2, encodedUnixUs - readUnixUs);
    }
    if (sentUnixUs === undefined) return;
    this.#add(3, sentUnixUs - encodedUnixUs);
    this.#add(4, sentUnixUs - captureUnixUs);
  }

  /** Returns the histograms of all stages so far. */
  histograms(): Readonly<Record<Stage, StageHistogram>> {
    const histogram = (index: number): StageHistogram => {
      const size = STAGE_BUCKETS.length + 1;
      return {
        counts: [...this.#counts.subarray(index * size, (index + 1) * size)],
        sumSeconds: this.#sums[index] ?? 0,
      };
    };
    return {
      capture_to_announced: histogram(0),
      announced_to_read: histogram(1),
      read_to_encoded: histogram(2),
      encoded_to_sent: histogram(3),
      capture_to_sent: histogram(4),
    };
  }

  /** Counts a negative duration, caused by a clock that was set back, as 0. */
  #add(stage: number, microseconds: number): void {
    const seconds = Math.max(microseconds, 0) / 1e6;
    let bucket = 0;
    while (bucket < STAGE_BUCKETS.length && seconds > STAGE_BUCKETS[bucket]!) bucket++;
    this.#counts[stage * (STAGE_BUCKETS.length + 1) + bucket]! += 1;
    this.#sums[stage]! += seconds;
  }
}
