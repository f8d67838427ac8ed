import type { Figure } from "../_suite/figure.ts";

/** Frames in the undisturbed part of a run, and in the recovered part. */
export const PART_FRAMES = 100;

/** Limits for the recovery of a disturbed stream, in all scenarios. */
export const RECOVERY_LIMITS = {
  /**
   * Longest time from the end of the fault to the recovered part, in milliseconds. Generous,
   * because other processes may use the CPU for a while.
   */
  recoveredWithinMs: 6000,
  /** Limit of the latency's 99th percentile, as a multiple of that of the undisturbed part. */
  p99TimesUndisturbed: 2,
  /**
   * The same limit in frame intervals; the larger of the two applies. On a shared machine, a
   * scheduling delay of a few milliseconds is a multiple of the undisturbed latency.
   */
  p99OrIntervals: 1,
  /** Smallest share of frames that arrive, in percent of the share of the undisturbed part. */
  arrivedPercentOfUndisturbed: 80,
  /**
   * Frames that may be in flight in addition to those in the queue: one is being read, one encoded,
   * and some wait in the socket until the receiver is scheduled.
   */
  inFlightBesideQueue: 5,
} as const;

/** A published frame. All times are milliseconds on one clock. */
export interface Publication {
  /** Frame number, unique within a run. */
  readonly frameCount: number;
  readonly atMs: number;
}

/** A picture that arrived at the receiver. */
export interface Arrival {
  /** Frame number in the picture; undefined if it is unreadable. */
  readonly frameCount: number | undefined;
  readonly atMs: number;
}

/** A part of a run: the frames published from `fromMs` to before `toMs`. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A frame that was published and has arrived. */
export interface Passage {
  readonly frameCount: number;
  readonly publishedMs: number;
  readonly arrivedMs: number;
}

/** Times of a run, from which its figures are computed. */
export interface RunTimes {
  readonly publications: readonly Publication[];
  readonly arrivals: readonly Arrival[];
  /** Before the fault. */
  readonly undisturbed: Span;
  /** After the fault; contains the recovered part. */
  readonly afterwards: Span;
  /** Frame interval. */
  readonly intervalMs: number;
  /** `--queue-size` of the streamer. */
  readonly queueSize: number;
}

/**
 * Returns the frames that arrived.
 *
 * @throws {Error} If a picture has no frame number, or one that was never published.
 */
export function passages({ publications, arrivals }: RunTimes): Passage[] {
  const publishedMs = new Map(publications.map(({ frameCount, atMs }) => [frameCount, atMs]));
  return arrivals.map(({ frameCount, atMs }, index) => {
    const published = frameCount === undefined ? undefined : publishedMs.get(frameCount);
    if (frameCount === undefined || published === undefined) {
      throw new Error(`Picture ${index} shows ${frameCount ?? "no frame number"}, never published`);
    }
    return { frameCount, publishedMs: published, arrivedMs: atMs };
  });
}

/** Returns the limit of the recovered part's 99th percentile, in milliseconds. */
export function p99LimitMs(undisturbedP99Ms: number, intervalMs: number): number {
  const { p99TimesUndisturbed, p99OrIntervals } = RECOVERY_LIMITS;
  return Math.max(p99TimesUndisturbed * undisturbedP99Ms, p99OrIntervals * intervalMs);
}

/**
 * Returns the recovered part: the first {@linkcode PART_FRAMES} consecutive frames within the
 * limit. If no frames meet the limit, it is those with the lowest 99th percentile; if there are
 * fewer frames, all of them.
 */
export function recoveredPart<T extends Pick<Passage, "publishedMs" | "arrivedMs">>(
  afterwards: readonly T[],
  limitMs: number,
): readonly T[] {
  let [best, bestMs] = [afterwards, Infinity];
  for (let from = 0; from + PART_FRAMES <= afterwards.length; from++) {
    const part = afterwards.slice(from, from + PART_FRAMES);
    const p99 = percentile(part.map(latencyOf), 0.99);
    if (p99 <= limitMs) return part;
    if (p99 < bestMs) [best, bestMs] = [part, p99];
  }
  return best;
}

/**
 * Compares a run's recovered part with its undisturbed part, and counts the frames in flight over
 * the whole run.
 */
export function recoveryFigures(run: RunTimes): Figure[] {
  const { undisturbed, afterwards, intervalMs, queueSize } = run;
  const all = passages(run);
  const published = (span: Span): number =>
    run.publications.filter(({ atMs }) => within(span, atMs)).length;
  const before = all.filter(({ publishedMs }) => within(undisturbed, publishedMs)).map(latencyOf);
  const arrivedBefore = 100 * before.length / published(undisturbed);
  const undisturbedP99 = percentile(before, 0.99);
  const limitMs = p99LimitMs(undisturbedP99, intervalMs);
  const recovered = recoveredPart(
    all.filter(({ publishedMs }) => within(afterwards, publishedMs)),
    limitMs,
  );
  const after = recovered.map(latencyOf);
  const fromMs = recovered.at(0)?.publishedMs ?? Number.NaN;
  const span = { fromMs, toMs: (recovered.at(-1)?.publishedMs ?? Number.NaN) + 1 };
  const { recoveredWithinMs, arrivedPercentOfUndisturbed, inFlightBesideQueue } = RECOVERY_LIMITS;
  return [
    { name: "undisturbed frames", value: before.length, unit: "frames" },
    { name: "undisturbed frames that arrived", value: arrivedBefore, unit: "%" },
    { name: "undisturbed p50", value: percentile(before, 0.5), unit: "ms" },
    { name: "undisturbed p99", value: undisturbedP99, unit: "ms" },
    {
      name: "recovered after",
      value: fromMs - afterwards.fromMs,
      unit: "ms",
      limit: { atMost: recoveredWithinMs },
    },
    {
      name: "recovered frames",
      value: after.length,
      unit: "frames",
      limit: { atLeast: PART_FRAMES },
    },
    { name: "recovered p50", value: percentile(after, 0.5), unit: "ms" },
    {
      name: "recovered p99",
      value: percentile(after, 0.99),
      unit: "ms",
      limit: { atMost: limitMs },
    },
    {
      name: "recovered frames that arrived",
      value: 100 * after.length / published(span),
      unit: "%",
      limit: { atLeast: arrivedBefore * arrivedPercentOfUndisturbed / 100 },
    },
    {
      name: "most frames in flight",
      value: maxInFlight(all),
      unit: "frames",
      limit: { atMost: queueSize + inFlightBesideQueue },
    },
  ];
}

/**
 * Returns the largest number of frames in flight at the same time. Only frames that arrived count:
 * how long a dropped frame waited cannot be seen from outside.
 */
export function maxInFlight(all: readonly Passage[]): number {
  const events = all.flatMap(({ publishedMs, arrivedMs }) => [
    { atMs: publishedMs, step: 1 },
    { atMs: arrivedMs, step: -1 },
  ]);
  events.sort((a, b) => a.atMs - b.atMs || a.step - b.step);
  let [now, most] = [0, 0];
  for (const { step } of events) most = Math.max(most, now += step);
  return most;
}

/**
 * Returns a percentile by the nearest-rank method.
 *
 * @param part More than 0, up to 1.
 * @returns NaN if there are no values.
 */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
}

function latencyOf({ publishedMs, arrivedMs }: Omit<Passage, "frameCount">): number {
  return arrivedMs - publishedMs;
}

function within({ fromMs, toMs }: Span, atMs: number): boolean {
  return atMs >= fromMs && atMs < toMs;
}
