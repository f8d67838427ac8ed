import type { StreamEnd } from "../stream/stream.ts";
import type { Stage, StageHistogram } from "../stream/stage_latency.ts";
import type { StreamStatistics } from "../stream/statistics.ts";

/** One stream of a fleet, as a configuration describes it. */
export interface StreamPlan {
  /** Unique in the fleet: letters, digits, `_`, `-` and `.`. */
  readonly name: string;
  /** Whether it starts by itself; if not, it waits until it is started. */
  readonly enabled: boolean;
  /** Changes whenever anything changes that the stream is made of, secrets included. It is never shown. */
  readonly fingerprint: string;
  /** The settings by their names in the configuration, with secrets masked. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Makes the stream anew; it has not started. */
  readonly make: () => Promise<FleetStream>;
}

/** What a fleet needs of a stream; {@linkcode Stream} is one. */
export interface FleetStream extends AsyncDisposable {
  /** Resolves to true when frames that are announced from then on are heard; to false if the run ends first. */
  readonly listening: Promise<boolean>;
  /** Runs until it ends, or the signal is aborted. */
  run(options: { readonly signal: AbortSignal }): Promise<StreamEnd>;
  /** What has happened so far. */
  statistics(): StreamStatistics;
  /** How long the stages between capture and sending have taken. */
  latencyStages(): Readonly<Record<Stage, StageHistogram>>;
  /** Asks for a key frame as soon as possible. */
  requestKeyFrame(): void;
}
