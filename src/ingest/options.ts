/** Where a producer publishes its frames. */
export interface SourceAddress {
  /** POSIX shared memory name, without a leading slash. */
  readonly shmName: string;
  /** ZeroMQ endpoint that the producer's PUB socket is bound to. */
  readonly zmqEndpoint: string;
}

/** What to read, and when to stop. */
export interface IngestOptions {
  /** The producer. */
  readonly source: SourceAddress;
  /** Frames that may wait for the encoder, at least 1; the oldest is dropped for a newer one. */
  readonly queueSize: number;
  /** Stop after this many ingested frames; 0: no limit. */
  readonly maxFrames: number;
  /** Stop when no frame arrives for this long, in milliseconds; 0: never. */
  readonly idleTimeoutMs: number;
}
