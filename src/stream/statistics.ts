import type { IngestCounters } from "../ingest/counters.ts";
import type { SinkStatistics } from "../publish/sink.ts";

export type { SinkStatistics };

/** Percentiles of a duration in milliseconds. */
export interface Percentiles {
  /** Number of samples. */
  readonly count: number;
  /** Median. */
  readonly p50: number;
  /** 95th percentile. */
  readonly p95: number;
  /** 99th percentile. */
  readonly p99: number;
}

/** One look at a running or ended stream. Counters count from its start. */
export interface StreamStatistics {
  /** Since the stream was made. */
  readonly elapsedMs: number;
  /** What happened to the producer's frames. */
  readonly ingest: IngestCounters;
  /** Element that encodes, for example `x264enc`; undefined before the first frame. */
  readonly encoder: string | undefined;
  /** Width and height in pixels, undefined before the first frame. */
  readonly picture: { readonly width: number; readonly height: number } | undefined;
  /** Access units that an encoder gave. */
  readonly encoded: number;
  /** Access units that the producer has encoded itself, passed on as they are. */
  readonly passedOn: number;
  /** Target bit rate in kbit/s: what was asked for, or less, where an output can take no more. 0: nothing is encoded. */
  readonly bitrateKbps: number;
  /** What each output has sent. */
  readonly sinks: readonly SinkStatistics[];
  /** From capture (or, where capture times are no Unix time, arrival) to the last packet sent. */
  readonly latencyMs: Percentiles;
}
