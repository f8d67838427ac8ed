import type { Figure } from "../_suite/figure.ts";

/** Frames in the undisturbed part of a run, and in the recovered one. */
export const PART_FRAMES = 100;

/** What a disturbed stream must come back to; the limits of every scenario that disturbs one. */
export const RECOVERY_LIMITS = {
  /**
   * From the end of the fault to the first of so many frames in a row that keep the limit of their
   * 99th percentile: the recovered part. It may begin late where others take the processors for a
   * while, not where the stream is slower than before.
   */
  recoveredWithinMs: 6000,
  /** The 99th percentile of the latency, in those of the undisturbed part of the same run. */
  p99TimesUndisturbed: 2,
  /**
   * Or in frame intervals, where that is more: on a machine that others use too, a processor that comes
   * late by some milliseconds is a multiple of what an undisturbed frame takes.
   */
  p99OrIntervals: 1,
  /** Share of the frames that arrives, in percent of the share that arrived undisturbed. */
  arrivedPercentOfUndisturbed: 80,
  /**
   * Frames beside those of the queue that may be under way: one is read, one encoded, and some are sent
   * and wait for a receiver that the processors come late to.
   */
  underWayBesideQueue: 5,
} as const;

/** A frame that a producer published. Times are milliseconds on one clock. */
export interface Publication {
  /** Its number: no two frames of a run have the same. */
  readonly frameCount: number;
  readonly atMs: number;
}

/** A picture that came out at the receiver. */
export interface Arrival {
  /** The number that the picture shows; undefined where it shows none. */
  readonly frameCount: number | undefined;
  readonly atMs: number;
}

/** A part of a run: what was published in it. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A frame that went all the way. */
export interface Passage {
  readonly frameCount: number;
  readonly publishedMs: number;
  readonly arrivedMs: number;
}

/** What a run is judged by. */
export interface RunTimes {
  readonly publications: readonly Publication[];
  readonly arrivals: readonly Arrival[];
  /** Before the fault. */
  readonly undisturbed: Span;
  /** Behind the fault; the recovered part is to be found in it. */
  readonly afterwards: Span;
  /** From frame to frame. */
  readonly intervalMs: number;
  /** `--queue-size` of the streamer. */
  readonly queueSize: number;
}

/**
 * The frames that went all the way.
 *
 * @throws {Error} When a picture shows no number, or one that nobody has published.
 */
export function passages({ publications, arrivals }: RunTimes): Passage[] {
  const publishedMs = new Map(publications.map((one) => [one.frameCount, one.atMs]));
  return arrivals.map(({ frameCount, atMs }, index) => {
    const published = frameCount === undefined ? undefined : publishedMs.get(frameCount);
    if (frameCount === undefined || published === undefined) {
      throw new Error(`Picture ${index} shows ${frameCount ?? "no frame number"}, never published`);
    }
    return { frameCount, publishedMs: published, arrivedMs: atMs };
  });
}

/** The limit of the recovered part's 99th percentile, in milliseconds. */
export function p99LimitMs(undisturbedP99Ms: number, intervalMs: number): number {
  const { p99TimesUndisturbed, p99OrIntervals } = RECOVERY_LIMITS;
  return Math.max(p99TimesUndisturbed * undisturbedP99Ms, p99OrIntervals * intervalMs);
}

/**
 * The recovered part: the first {@linkcode PART_FRAMES} in a row that keep the limit. Where there are
 * none, those whose 99th percentile comes next to it; all, where they are fewer.
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
 * Compares a run's recovered part with its undisturbed part, and counts the frames that were under way
 * at once in all of it.
 */
export function recoveryFigures(run: RunTimes): Figure[] {
  const { undisturbed, afterwards, intervalMs, queueSize } = run;
  const all = passages(run);
  const published = (span: Span): number =>
    run.publications.filter(({ atMs }) => within(span, atMs)).length;
  const before = all.filter(({ publishedMs }) => within(undisturbed, publishedMs)).map(latencyOf);
  const arrivedBefore = 100 * before.length / published(undisturbed);
  const usual = percentile(before, 0.99);
  const limitMs = p99LimitMs(usual, intervalMs);
  const recovered = recoveredPart(
    all.filter(({ publishedMs }) => within(afterwards, publishedMs)),
    limitMs,
  );
  const after = recovered.map(latencyOf);
  const fromMs = recovered.at(0)?.publishedMs ?? Number.NaN;
  const span = { fromMs, toMs: (recovered.at(-1)?.publishedMs ?? Number.NaN) + 1 };
  const { recoveredWithinMs, arrivedPercentOfUndisturbed, underWayBesideQueue } = RECOVERY_LIMITS;
  return [
    { name: "undisturbed frames", value: before.length, unit: "frames" },
    { name: "undisturbed frames that arrived", value: arrivedBefore, unit: "%" },
    { name: "undisturbed p50", value: percentile(before, 0.5), unit: "ms" },
    { name: "undisturbed p99", value: usual, unit: "ms" },
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
      name: "most frames under way at once",
      value: mostUnderWay(all),
      unit: "frames",
      limit: { atMost: queueSize + underWayBesideQueue },
    },
  ];
}

/**
 * The most frames that were published, had yet to arrive, and did arrive. Of those that gave way to
 * newer ones nobody outside knows how long they waited; they are what a bounded queue is for.
 */
export function mostUnderWay(all: readonly Passage[]): number {
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
 * The smallest of the values that so large a part of them is not above (nearest rank).
 *
 * @param part More than 0, up to 1.
 * @returns NaN of no values.
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
