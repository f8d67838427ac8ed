import type { IngestCounters } from "../ingest/counters.ts";
import type { SinkStatistics } from "../publish/sink.ts";

export type { SinkStatistics };

/** Percentiles of a duration in milliseconds; `count` is the number of samples. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** One look at a running or ended stream. Counters count from its start. */
export interface StreamStatistics {
  readonly elapsedMs: number;
  readonly ingest: Readonly<IngestCounters>;
  /** Element that encodes, for example `x264enc`; undefined before the first frame. */
  readonly encoder: string | undefined;
  /** Width and height in pixels, undefined before the first frame. */
  readonly picture: { readonly width: number; readonly height: number } | undefined;
  /** Access units that the encoder gave. */
  readonly encoded: number;
  readonly sinks: readonly SinkStatistics[];
  /** From capture (or, where capture times are no Unix time, arrival) to the last packet sent. */
  readonly latencyMs: Percentiles;
}
