import type { CaseResult } from "./case_result.ts";
import type { Environment } from "./environment.ts";

/** Version of the evidence's schema, docs/evidence.schema.json: counts up with every change of it. */
export const SCHEMA_VERSION = 1;

/** Names of the files that hold a suite's latest evidence, without their ends. */
export type EvidenceStem = "task-14-acceptance" | "task-15-fault-suite";

/** How many cases came to what. */
export interface Totals {
  /** All that were to run. */
  readonly total: number;
  /** Those that passed. */
  readonly pass: number;
  /** Those that failed. */
  readonly fail: number;
  /** Those that the suite did not come to. */
  readonly skip: number;
}

/** A combination that the product must refuse, and what it did. */
export interface RefusalResult {
  /** `rtmp h264 domestic`. */
  readonly name: string;
  /** The product's arguments. */
  readonly args: readonly string[];
  /** The exit code that it must end with. */
  readonly expectedExitCode: number;
  /** The one that it ended with. */
  readonly exitCode: number;
  /** What it must say, behind its name. */
  readonly expectedMessage: string;
  /** What it wrote to stderr. */
  readonly message: string;
  /** Whether both are as they must be. */
  readonly verdict: "pass" | "fail";
}

/** A run of a suite, as the evidence has it. */
export interface Summary {
  /** Of docs/evidence.schema.json. */
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** `Acceptance`, `Fault suite`. */
  readonly suite: string;
  /** `running` in a file whose process has gone: the run died. */
  readonly status: "running" | "complete" | "interrupted";
  /** The suite's own process. */
  readonly pid: number;
  /** When it began, ISO 8601. */
  readonly startedAt: string;
  /** When this was written. */
  readonly updatedAt: string;
  /** Exit code of the suite; null while it runs. */
  readonly exitCode: number | null;
  /** Folder with the logs of this run, absolute. */
  readonly folder: string;
  /** What was tested, and on what. */
  readonly environment: Environment;
  /** What is in the suite's last line. */
  readonly totals: Totals;
  /** How each case went, in the order in which they run. */
  readonly cases: readonly CaseResult[];
  /** Of the acceptance suite, unless single rows were asked for. */
  readonly refusals: readonly RefusalResult[];
}

/** Counts verdicts; what is pending or running is none of the three. */
export function totalsOf(cases: readonly CaseResult[]): Totals {
  const count = (verdict: CaseResult["verdict"]): number =>
    cases.filter((one) => one.verdict === verdict).length;
  return {
    total: cases.length,
    pass: count("pass"),
    fail: count("fail"),
    skip: count("skip"),
  };
}

/** The suites' last line. */
export function totalsLine({ total, pass, fail, skip }: Totals): string {
  return `total=${total} pass=${pass} fail=${fail} skip=${skip}`;
}
