import type { CaseResult } from "./case_result.ts";
import type { Environment } from "./environment.ts";

/** Version of docs/evidence.schema.json. Increased with every change of the schema. */
export const SCHEMA_VERSION = 1;

/** Names of the files with a suite's latest evidence, without suffix and extension. */
export type EvidenceStem = "task-14-acceptance" | "task-15-fault-suite";

/** Number of cases by verdict. */
export interface Totals {
  /** Selected cases. */
  readonly total: number;
  /** Cases that passed. */
  readonly pass: number;
  /** Cases that failed. */
  readonly fail: number;
  /** Cases that the suite did not start. */
  readonly skip: number;
}

/** A combination that the product must refuse, and the product's response. */
export interface RefusalResult {
  /** Name, such as `rtmp h264 domestic`. */
  readonly name: string;
  /** Arguments of the product. */
  readonly args: readonly string[];
  /** Expected exit code. */
  readonly expectedExitCode: number;
  /** Actual exit code. */
  readonly exitCode: number;
  /** Expected message, after the program's name. */
  readonly expectedMessage: string;
  /** Actual stderr. */
  readonly message: string;
  /** Whether exit code and message are as expected. */
  readonly verdict: "pass" | "fail";
}

/** Summary of a run, as in the evidence. */
export interface Summary {
  /** Version of docs/evidence.schema.json. */
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** Title, such as `Acceptance` or `Fault suite`. */
  readonly suite: string;
  /** Status of the run. If it is `running` but the process no longer exists, the run died. */
  readonly status: "running" | "complete" | "interrupted";
  /** Process id of the suite. */
  readonly pid: number;
  /** Start time, ISO 8601. */
  readonly startedAt: string;
  /** Time of this summary, ISO 8601. */
  readonly updatedAt: string;
  /** Exit code of the suite; null while it runs. */
  readonly exitCode: number | null;
  /** Folder with the logs of this run, absolute. */
  readonly folder: string;
  /** Product and machine. */
  readonly environment: Environment;
  /** Numbers of the suite's last line. */
  readonly totals: Totals;
  /** Results of the cases, in the order in which they run. */
  readonly cases: readonly CaseResult[];
  /** Refused combinations; only of the acceptance suite, and empty if single rows were selected. */
  readonly refusals: readonly RefusalResult[];
}

/** Counts verdicts. Pending and running cases count only in the total. */
export function totalsOf(cases: readonly CaseResult[]): Totals {
  const count = (verdict: CaseResult["verdict"]): number =>
    cases.filter((result) => result.verdict === verdict).length;
  return {
    total: cases.length,
    pass: count("pass"),
    fail: count("fail"),
    skip: count("skip"),
  };
}

/** Formats the last line of a suite. */
export function totalsLine({ total, pass, fail, skip }: Totals): string {
  return `total=${total} pass=${pass} fail=${fail} skip=${skip}`;
}
