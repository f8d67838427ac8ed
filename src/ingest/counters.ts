/** What happened to the frames of one producer, counted since the start. */
export interface IngestCounters {
  /** Sync messages received. */
  readonly received: number;
  /** Frames read intact and passed to the encoder. */
  readonly ingested: number;
  /** Frames that the producer overwrote while they were read. One detected after delivery is also in `ingested`. */
  readonly torn: number;
  /** Intact frames replaced by a newer one in the queue, or not decodable because they refer to a torn one. */
  readonly dropped: number;
  /** Frames not read, or read too late to be trusted, because a newer one had been announced. */
  readonly stale: number;
  /** Frames with an unsupported size, pixel format or depth, or with invalid metadata. */
  readonly rejected: number;
  /** Messages on the sync socket that are neither a valid sync message nor a valid status message. */
  readonly invalidMessages: number;
  /** Times the segment was mapped again because its size or inode changed. */
  readonly remapped: number;
  /** Stream resets: announced by a status message, or detected from a frame number that went backwards. */
  readonly reset: number;
}

/** {@linkcode IngestCounters} that can be incremented. */
export type RunningCounters = { -readonly [K in keyof IngestCounters]: number };

/** Returns counters that are all zero. */
export function zeroIngestCounters(): RunningCounters {
  return {
    received: 0,
    ingested: 0,
    torn: 0,
    dropped: 0,
    stale: 0,
    rejected: 0,
    invalidMessages: 0,
    remapped: 0,
    reset: 0,
  };
}
