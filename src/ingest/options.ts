/** Where a producer leaves its frames. */
export interface SourceAddress {
  /** POSIX shared memory name, without a leading slash. */
  readonly shmName: string;
  /** ZeroMQ endpoint that the producer's PUB socket is bound to. */
  readonly zmqEndpoint: string;
}

/** What is read, how much of it may wait, and when reading ends by itself. */
export interface IngestOptions {
  /** Whose frames. */
  readonly source: SourceAddress;
  /** Frames that may wait for the encoder; the oldest gives way. At least 1. */
  readonly queueSize: number;
  /** End after this many ingested frames; 0: never. */
  readonly maxFrames: number;
  /** End when no frame came for this long, in milliseconds; 0: never. */
  readonly idleTimeoutMs: number;
}
