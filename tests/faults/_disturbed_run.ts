import type { Figure } from "../_suite/figure.ts";
import type { Picture } from "./_decoded.ts";
import { type MeasuredStream, QUEUE_SIZE, type StreamOutcome } from "./_measured_stream.ts";
import {
  p99LimitMs,
  PART_FRAMES,
  percentile,
  type Publication,
  RECOVERY_LIMITS,
  recoveryFigures,
  type Span,
} from "./_recovery.ts";
import { INTERVAL_MS } from "./_streamer.ts";

/** Where a run's frames come from. */
export interface Source {
  /** Every frame so far. */
  readonly publications: readonly Publication[];
  /** Publishes frames, one every {@linkcode INTERVAL_MS}, from now on. */
  run(): void;
  /** Publishes no more. */
  pause(): void;
}

/** What came of a run. */
export interface DisturbedRun extends StreamOutcome {
  /** The time of the disturbance. */
  readonly disturbed: Span;
  /**
   * Compares the recovered part with the undisturbed one.
   *
   * @param counts Whether a picture is of a frame that was published; all are, unless given.
   * @throws {Error} When one that counts is not.
   */
  recovery(counts?: (picture: Picture) => boolean): readonly Figure[];
}

/**
 * Streams undisturbed, disturbs, streams on until it has recovered, and ends.
 *
 * @param disturb Resolves when the fault is over; the source runs when it is called.
 * @throws {Error} When frames stop coming.
 */
export async function disturbedRun(
  stream: MeasuredStream,
  source: Source,
  disturb: () => Promise<void>,
): Promise<DisturbedRun> {
  source.run();
  await stream.warm();
  const fromMs = performance.now();
  await stream.passes(PART_FRAMES, "undisturbed");
  const faultMs = performance.now();
  const usualMs = percentile(stream.lateness(PART_FRAMES), 0.99);
  await disturb();
  const overMs = performance.now();
  source.run();
  await stream.goesOn("after the fault");
  await stream.passes(PART_FRAMES, "recovered");
  // By timestamps alone it can be told before anything is decoded; what is judged is what pictures say.
  while (
    percentile(stream.lateness(PART_FRAMES), 0.99) > p99LimitMs(usualMs, INTERVAL_MS / 2) &&
    performance.now() < overMs + RECOVERY_LIMITS.recoveredWithinMs + PART_FRAMES * INTERVAL_MS
  ) await stream.passes(1, "recovering");
  const toMs = performance.now();
  source.pause();
  const outcome = await stream.end();
  const { pictures, arrivals } = outcome;
  return {
    ...outcome,
    disturbed: { fromMs: faultMs, toMs: overMs },
    recovery: (counts = () => true) =>
      recoveryFigures({
        publications: source.publications,
        arrivals: arrivals.filter((_, index) => counts(pictures[index] as Picture)),
        intervalMs: INTERVAL_MS,
        queueSize: QUEUE_SIZE,
        undisturbed: { fromMs, toMs: faultMs },
        afterwards: { fromMs: overMs, toMs },
      }),
  };
}
