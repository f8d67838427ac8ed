import type { Figure } from "./figure.ts";

/** How far a case came. `skip`: the suite ended before its turn, which is no success. */
export type Verdict = "pending" | "running" | "pass" | "fail" | "skip";

/** One process of a case. */
export interface ProcessRecord {
  /** What the case calls it. */
  readonly name: string;
  /** Program and arguments. */
  readonly commandLine: readonly string[];
  /** Its number while it ran. */
  readonly pid: number;
  /** How it ended; null while it runs. Ended by a signal it has 128 and the signal's number. */
  readonly exitCode: number | null;
  /** The signal that ended it; null if none did. */
  readonly signal: string | null;
  /** File that keeps its stdout, in the case's folder. */
  readonly stdout: string;
  /** File that keeps its stderr, in the case's folder. */
  readonly stderr: string;
}

/** How a case went, or how far it has come. */
export interface CaseResult {
  /** As the case says. */
  readonly name: string;
  /** As the case says. */
  readonly description: string;
  /** As the case says. */
  readonly limitSeconds: number;
  /** How it went. */
  readonly verdict: Verdict;
  /** Why it failed. */
  readonly reason?: string;
  /** When it began, ISO 8601. */
  readonly startedAt?: string;
  /** How long it took. */
  readonly durationSeconds?: number;
  /** What was measured. */
  readonly figures: readonly Figure[];
  /** What was started. */
  readonly processes: readonly ProcessRecord[];
}

/** A case that has yet to begin. */
export function pending(
  { name, description, limitSeconds }: Pick<CaseResult, "name" | "description" | "limitSeconds">,
): CaseResult {
  return { name, description, limitSeconds, verdict: "pending", figures: [], processes: [] };
}
