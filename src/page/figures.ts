import type { StreamStatistics } from "../stream/statistics.ts";
import { STAGES } from "../stream/stage_latency.ts";
import type { StreamReport } from "./api.ts";

/** Samples that are kept: five minutes. */
const KEPT = 300;

/** Rates and latencies between two reports of a stream. */
export interface Sample {
  /** Unix time in seconds. */
  readonly atS: number;
  readonly fps: number;
  readonly kbps: number;
  /** Mean latency of each of {@linkcode STAGES} in milliseconds; null without frames. */
  readonly stagesMs: readonly (number | null)[];
}

/** The reports of a stream in the last minutes. */
export class History {
  readonly samples: Sample[] = [];
  #before: StreamReport | undefined;

  /** Takes a report. */
  add(report: StreamReport): void {
    const before = this.#before;
    this.#before = report;
    const sample = before && sampleOf(before, report);
    if (sample === undefined) return;
    this.samples.push(sample);
    if (this.samples.length > KEPT) this.samples.shift();
  }

  /** The newest sample. */
  get newest(): Sample | undefined {
    return this.samples.at(-1);
  }
}

function sampleOf(before: StreamReport, now: StreamReport): Sample | undefined {
  const [old, young] = [before.statistics, now.statistics];
  if (old === undefined || young === undefined || young.elapsedMs <= old.elapsedMs) {
    return undefined;
  }
  const seconds = (young.elapsedMs - old.elapsedMs) / 1000;
  return {
    atS: Date.now() / 1000,
    fps: (framesOf(young) - framesOf(old)) / seconds,
    // The output with the most bytes may have left.
    kbps: Math.max(0, (busiestBytes(young) - busiestBytes(old)) * 8 / 1000 / seconds),
    stagesMs: STAGES.map((stage) => {
      const [first, last] = [before.stages?.[stage], now.stages?.[stage]];
      if (first === undefined || last === undefined || last.count <= first.count) return null;
      return (last.sumSeconds - first.sumSeconds) * 1000 / (last.count - first.count);
    }),
  };
}

function framesOf({ encoded, passedOn }: StreamStatistics): number {
  return encoded + passedOn;
}

/** Bytes of the output that has sent most: those of a stream without outputs are unknown. */
function busiestBytes({ sinks }: StreamStatistics): number {
  return Math.max(0, ...sinks.map(({ bytes }) => bytes));
}

/** Returns how many frames were lost, by reason, without those that are 0. */
export function dropsOf(
  { ingest, sinks }: StreamStatistics,
): readonly (readonly [string, number])[] {
  const { torn, dropped, stale, rejected } = ingest;
  const sent = sinks.reduce((sum, sink) => sum + sink.dropped, 0);
  const all = { torn, late: stale, "encoder busy": dropped, unusable: rejected, "not sent": sent };
  return Object.entries(all).filter(([, count]) => count > 0);
}
