import type { FleetChange } from "../fleet/fleet.ts";
import type { Sink } from "../publish/sink.ts";
import type { Stage, StageHistogram } from "../stream/stage_latency.ts";
import type { MemberReport } from "../fleet/member.ts";

/** Starts and stops a stream. */
export interface StreamControl {
  /** Starts the stream, unless it runs. */
  start(): void;
  /** Stops the stream gracefully. */
  stop(): Promise<void>;
  /** Stops the stream and starts it again. */
  restart(): Promise<void>;
}

/** A stream that the server reports and controls. */
export interface ServedStream {
  /** Undefined if the process runs only this stream, and ends with it. */
  readonly control: StreamControl | undefined;
  /** Returns the current state with statistics. */
  report(): MemberReport;
  /** Returns the latency of each stage, if it has run. */
  latencyStages(): Readonly<Record<Stage, StageHistogram>> | undefined;
  /** Requests a key frame. Returns whether the stream runs. */
  requestKeyFrame(): boolean;
  /**
   * Adds a sink to the current run of the stream. It is closed when the run ends.
   *
   * @returns Whether the stream runs.
   * @throws {StreamerError} The stream does not encode.
   */
  addSink(sink: Sink): boolean;
  /**
   * Returns the producer's next frame as JPEG; undefined if the stream does not run.
   *
   * @throws {StreamerError} No frame that can be used has arrived.
   */
  snapshot(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Removes a sink. */
  removeSink(sink: Sink): Promise<void>;
}

/** The current configuration. */
export interface ConfigurationReport {
  /** Files that it was read from. */
  readonly files: readonly string[];
  /** Time at which it was read, as ISO 8601. */
  readonly loadedAt: string;
  /** Why the latest reload failed; undefined if it succeeded. */
  readonly problem: string | undefined;
  /** The settings of each stream, with secrets masked. */
  readonly streams: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What a reload has changed. */
export interface ReloadChange extends FleetChange {
  /** Changed settings that take effect at the next start of the program. */
  readonly needsRestart: readonly string[];
}

/** Result of a reload. */
export type ReloadOutcome =
  | { readonly change: ReloadChange }
  | { readonly problem: string };

/** What the HTTP server reports and controls. */
export interface Served {
  /** Returns the state of all streams, in the order of the configuration. */
  reports(): readonly MemberReport[];
  /** Returns the stream with this name, if it exists. */
  stream(name: string): ServedStream | undefined;
  /** Returns the current configuration. */
  configuration(): ConfigurationReport;
  /** Reads the configuration again. Returns undefined if it does not come from a file. */
  reload(): Promise<ReloadOutcome | undefined>;
}
