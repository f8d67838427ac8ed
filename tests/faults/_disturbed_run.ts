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

/** Producer of a run's frames. */
export interface Source {
  /** Frames published so far. */
  readonly publications: readonly Publication[];
  /** Starts to publish frames, one every {@linkcode INTERVAL_MS}. */
  run(): void;
  /** Stops publishing. */
  pause(): void;
}

/** Result of a run. */
export interface DisturbedRun extends StreamOutcome {
  /** Time span of the disturbance. */
  readonly disturbed: Span;
  /**
   * Compares the recovered part with the undisturbed one.
   *
   * @param counts Whether to include a picture. By default all are included.
   * @throws {Error} If an included picture is not of a published frame.
   */
  recovery(counts?: (picture: Picture) => boolean): readonly Figure[];
}

/**
 * Streams undisturbed, applies a fault, streams until it has recovered, and ends the streamer.
 *
 * @param disturb Applies the fault and resolves when it is over. The source is running when it is
 * called.
 * @throws {Error} If frames stop coming.
 */
export async function disturbedRun(
  stream: MeasuredStream,
  source: Source,
  disturb: () => Promise<void>,
): Promise<DisturbedRun> {
  source.run();
  await stream.warmUp();
  const fromMs = performance.now();
  await stream.waitForFrames(PART_FRAMES, "undisturbed");
  const faultMs = performance.now();
  const undisturbedP99Ms = percentile(stream.lateness(PART_FRAMES), 0.99);
  await disturb();
  const overMs = performance.now();
  source.run();
  await stream.waitUntilResumed("after the fault");
  await stream.waitForFrames(PART_FRAMES, "recovered");
  // This estimate uses the RTP timestamps, because nothing is decoded yet. The figures are computed
  // from the decoded pictures.
  while (
    percentile(stream.lateness(PART_FRAMES), 0.99) >
      p99LimitMs(undisturbedP99Ms, INTERVAL_MS / 2) &&
    performance.now() < overMs + RECOVERY_LIMITS.recoveredWithinMs + PART_FRAMES * INTERVAL_MS
  ) await stream.waitForFrames(1, "recovering");
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
