/** What has happened to the frames of one producer, counted since the start. */
export interface IngestCounters {
  /** Sync messages received. */
  readonly received: number;
  /** Frames read whole and handed on. */
  readonly ingested: number;
  /** Frames found torn: the producer wrote while they were read. One that was found so late is ingested, too. */
  readonly torn: number;
  /** Whole frames that gave way to a newer one in the queue, or were coded out of one that was torn. */
  readonly dropped: number;
  /** Frames not read, or read too late to be trusted: a newer one had been announced. */
  readonly stale: number;
  /** Frames of a geometry, pixel format or depth that is not supported, or with invalid metadata. */
  readonly rejected: number;
  /** Messages on the sync socket that are no valid sync or status message. */
  readonly invalidMessages: number;
  /** Times the segment was mapped anew: a new size or a new inode. */
  readonly remapped: number;
  /** Stream resets: told by a status message, or seen as a frame number that went backwards. */
  readonly reset: number;
}

/** {@linkcode IngestCounters} while they count. */
export type RunningCounters = { -readonly [K in keyof IngestCounters]: number };

/** Counters that all stand at zero. */
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
