import type { Percentiles, StreamStatistics } from "../stream/statistics.ts";

/** What happened between two looks at a stream. */
export interface Rates {
  /** Frames a second: encoded ones, or ingested ones where nothing is encoded. */
  readonly fps: number;
  /** The bit rate of the busiest sink in kbit/s; undefined without a sink. */
  readonly kbps: number | undefined;
}

/** The rates from one look to a later one. */
export function rates(before: StreamStatistics | undefined, now: StreamStatistics): Rates {
  const seconds = Math.max(now.elapsedMs - (before?.elapsedMs ?? 0), 1) / 1000;
  const perSink = now.sinks.map((sink, index) =>
    (sink.bytes - (before?.sinks[index]?.bytes ?? 0)) * 8 / 1000 / seconds
  );
  return {
    fps: (frames(now) - (before === undefined ? 0 : frames(before))) / seconds,
    kbps: perSink.length === 0 ? undefined : Math.max(...perSink),
  };
}

function frames(statistics: StreamStatistics): number {
  return statistics.encoder === undefined
    ? statistics.ingest.ingested
    : statistics.encoded + statistics.passedOn;
}

/** Frames and packets that were announced or made but did not get to the receiver. */
export function drops(statistics: StreamStatistics): number {
  const { torn, dropped, stale, rejected } = statistics.ingest;
  return statistics.sinks.reduce(
    (sum, sink) => sum + sink.dropped,
    torn + dropped + stale + rejected,
  );
}

/** A latency in words, for example `p50 5.1 ms, p95 6.0 ms, p99 7.3 ms`. */
export function latencyWords(latency: Percentiles): string {
  if (latency.count === 0) return "no samples";
  const { p50, p95, p99 } = latency;
  return `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
}
