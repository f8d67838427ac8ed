import type { Sink } from "../publish/sink.ts";
import type { StreamEnd } from "../stream/stream_end.ts";
import type { Stage, StageHistogram } from "../stream/stage_latency.ts";
import type { StreamStatistics } from "../stream/statistics.ts";

/** Description of one stream of a fleet. */
export interface StreamPlan {
  /** Unique in the fleet: letters, digits, `_`, `-` and `.`. */
  readonly name: string;
  /** Whether it is started when the configuration is applied. */
  readonly enabled: boolean;
  /** Differs if any setting differs, secrets included. Must not be shown. */
  readonly fingerprint: string;
  /** The settings by their names in the configuration, with secrets masked. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Creates the stream, without starting it. */
  readonly make: () => Promise<FleetStream>;
}

/** What a fleet needs of a stream; {@linkcode Stream} is one. */
export interface FleetStream extends AsyncDisposable {
  /** Resolves to true when frames that are announced from then on are heard; to false if the run ends first. */
  readonly listening: Promise<boolean>;
  /** Runs until it ends, or the signal is aborted. */
  run(options: { readonly signal: AbortSignal }): Promise<StreamEnd>;
  /** Returns the current statistics. */
  statistics(): StreamStatistics;
  /** Returns the latency of each stage. */
  latencyStages(): Readonly<Record<Stage, StageHistogram>>;
  /** Requests a key frame as soon as possible. */
  requestKeyFrame(): void;
  /** Returns the producer's next frame as JPEG. */
  snapshot(): Promise<Uint8Array<ArrayBuffer>>;
  /** Adds a sink, which is closed when the stream ends. */
  add(sink: Sink): unknown;
  /** Removes a sink. */
  remove(sink: Sink): Promise<void>;
}
