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

/** Statistics of a running or ended stream, counted from its start. */
export interface StreamStatistics {
  /** Time since the stream was created, in milliseconds. */
  readonly elapsedMs: number;
  /** Counters of the frames of the producer. */
  readonly ingest: IngestCounters;
  /** Name of the encoder element, for example `x264enc`; undefined before the first frame. */
  readonly encoder: string | undefined;
  /** Width and height in pixels; undefined before the first frame. */
  readonly picture: { readonly width: number; readonly height: number } | undefined;
  /** Access units from the encoder. */
  readonly encoded: number;
  /** Access units that the producer has encoded, forwarded unchanged. */
  readonly passedOn: number;
  /** Key frames among the access units. */
  readonly keyFrames: number;
  /** Current target bit rate in kbit/s: the configured one, or less if a sink cannot keep up. 0 without an encoder. */
  readonly bitrateKbps: number;
  /** Statistics of each sink. */
  readonly sinks: readonly SinkStatistics[];
  /** Latency from capture to the last packet sent; from arrival, if capture times are not Unix times. */
  readonly latencyMs: Percentiles;
}
