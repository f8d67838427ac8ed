import type { IngestEnd } from "../ingest/ingest.ts";

/** End of a run. */
export interface StreamEnd {
  /** Reason of the end: `Stream.stop()`, or a limit in the options. */
  readonly reason: IngestEnd;
  /** Number of intact frames that were read. */
  readonly framesIngested: number;
}
