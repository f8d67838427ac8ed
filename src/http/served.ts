import type { FleetChange } from "../fleet/fleet.ts";
import type { Stage, StageHistogram } from "../stream/stage_latency.ts";
import type { MemberReport } from "../fleet/member.ts";

/** What can be asked of one stream. */
export interface ServedStream {
  /** How it is. */
  report(): MemberReport;
  /** Returns how long the stages between capture and sending have taken, if it has run. */
  latencyStages(): Readonly<Record<Stage, StageHistogram>> | undefined;
  /** Starts it, unless it runs. */
  start(): void;
  /** Stops it in good order. */
  stop(): Promise<void>;
  /** Stops it and starts it again. */
  restart(): Promise<void>;
  /** Asks for a key frame, and returns whether there was anything to ask. */
  requestKeyFrame(): boolean;
}

/** The configuration that is in force. */
export interface ConfigurationReport {
  /** Files that it was read from; empty where it is the command line. */
  readonly files: readonly string[];
  /** When it was read, as an ISO 8601 time. */
  readonly loadedAt: string;
  /** Why the newest reload changed nothing; undefined where it was taken. */
  readonly problem: string | undefined;
  /** The settings of each stream, with secrets masked. */
  readonly streams: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What came of a reload. */
export type ReloadOutcome =
  | { readonly change: FleetChange }
  | { readonly problem: string };

/** What the HTTP server serves: it reads what is known, and decides nothing. */
export interface Served {
  /** How all streams are, in the order of the configuration. */
  reports(): readonly MemberReport[];
  /** The stream with this name, if there is one. */
  stream(name: string): ServedStream | undefined;
  /** The configuration in force. */
  configuration(): ConfigurationReport;
  /** Reads the configuration again. Undefined: there is no file to read. */
  reload(): Promise<ReloadOutcome | undefined>;
}
