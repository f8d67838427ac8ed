import type { Figure } from "./figure.ts";

/**
 * State of a case. `skip` means that the suite ended before the case started; it does not count as
 * a success.
 */
export type Verdict = "pending" | "running" | "pass" | "fail" | "skip";

/** One process of a case. */
export interface ProcessRecord {
  /** Name within the case. */
  readonly name: string;
  /** Program and arguments. */
  readonly commandLine: readonly string[];
  /** Process id. */
  readonly pid: number;
  /** Exit code; null while it runs. 128 plus the signal's number if a signal ended it. */
  readonly exitCode: number | null;
  /** Signal that ended it, or null. */
  readonly signal: string | null;
  /** File with its stdout, in the case's folder. */
  readonly stdout: string;
  /** File with its stderr, in the case's folder. */
  readonly stderr: string;
}

/** Result of a case, or its progress so far. */
export interface CaseResult {
  /** Copied from the case. */
  readonly name: string;
  /** Copied from the case. */
  readonly description: string;
  /** Copied from the case. */
  readonly limitSeconds: number;
  /** State, and outcome at the end. */
  readonly verdict: Verdict;
  /** Why it failed. */
  readonly reason?: string;
  /** Start time, ISO 8601. */
  readonly startedAt?: string;
  /** Duration in seconds, once the case has ended. */
  readonly durationSeconds?: number;
  /** Figures measured. */
  readonly figures: readonly Figure[];
  /** Processes started. */
  readonly processes: readonly ProcessRecord[];
}

/** Returns the result of a case that has not started. */
export function pending(
  { name, description, limitSeconds }: Pick<CaseResult, "name" | "description" | "limitSeconds">,
): CaseResult {
  return { name, description, limitSeconds, verdict: "pending", figures: [], processes: [] };
}
