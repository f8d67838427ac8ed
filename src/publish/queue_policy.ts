/**
 * Limits of the queue of a slow sink. When a limit is exceeded, all queued access units are dropped, and
 * everything up to the next key frame: a decoder must never get a picture without the pictures that it
 * refers to.
 */
export interface QueuePolicy {
  /** Maximum age of the oldest access unit in milliseconds. */
  readonly maxAgeMs: number;
  /** Maximum total size in bytes. */
  readonly maxBytes: number;
}

/** For live viewing: access units older than a second are of no use. */
export const LIVE_QUEUE: QueuePolicy = { maxAgeMs: 1000, maxBytes: 64 << 20 };

/** For recording: access units wait while the disk is busy. */
export const KEEP_QUEUE: QueuePolicy = { maxAgeMs: 30_000, maxBytes: 256 << 20 };

/** Range and default of a configurable maximum age, in milliseconds. */
export const QUEUE_AGE_MS = { min: 50, max: 60_000, default: LIVE_QUEUE.maxAgeMs } as const;
