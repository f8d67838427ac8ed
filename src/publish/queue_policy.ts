/**
 * How much may wait for a sink that takes its time. When there is more, all of it is dropped, and everything up to the
 * next key frame: a decoder must never be given a picture that refers to one that it did not get.
 */
export interface QueuePolicy {
  /** Age of the oldest access unit in milliseconds. */
  readonly maxAgeMs: number;
  /** Bytes of all of them. */
  readonly maxBytes: number;
}

/** For a sink that shows what happens now: what has waited for a second is of no use to its viewers. */
export const LIVE_QUEUE: QueuePolicy = { maxAgeMs: 1000, maxBytes: 64 << 20 };

/** For a sink that keeps what has happened: a disk that is busy for a while is waited for. */
export const KEEP_QUEUE: QueuePolicy = { maxAgeMs: 30_000, maxBytes: 256 << 20 };

/** How long something may wait for a slow consumer, in milliseconds, where that can be chosen. */
export const QUEUE_AGE_MS = { min: 50, max: 60_000, default: LIVE_QUEUE.maxAgeMs } as const;
