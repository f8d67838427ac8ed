import type { BackoffRange } from "./client/backoff.ts";

/** How patient an {@linkcode RtmpSink} is. Times are milliseconds. */
export interface RtmpSinkLimits {
  /** Waits between tries to reconnect. */
  readonly backoff: BackoffRange;
  /** A session that lasted this long was a success: the next wait is the first one again. */
  readonly lastedMs: number;
  /** Bytes of access units that may wait for the server, whatever their age. */
  readonly maxQueueBytes: number;
  /** A connection that has taken nothing for this long is given up. */
  readonly stallMs: number;
  /** How long the end of the stream may take to leave. */
  readonly flushMs: number;
}

/** What a run uses. */
export const RTMP_SINK_LIMITS: RtmpSinkLimits = {
  // A restarted server is back in use well within 3 s of its start.
  backoff: { firstMs: 250, longestMs: 1500 },
  lastedMs: 5000,
  // About 10 s at 12 Mbit/s.
  maxQueueBytes: 16 << 20,
  stallMs: 90_000,
  flushMs: 1000,
};
