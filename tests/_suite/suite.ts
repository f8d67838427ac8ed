import type { Case } from "./case.ts";
import { type CaseResult, pending } from "./case_result.ts";
import { basicEnvironment, completeEnvironment, type Environment } from "./environment.ts";
import { Evidence } from "./evidence.ts";
import { figureLine } from "./figure.ts";
import { type ProductUnderTest, productUnderTest } from "./tested_product.ts";
import { runCase } from "./run_case.ts";
import {
  type EvidenceStem,
  type RefusalResult,
  SCHEMA_VERSION,
  type Summary,
  totalsLine,
  totalsOf,
} from "./summary.ts";

/** A suite of cases. */
export interface Suite {
  /** Title, such as `Acceptance` or `Fault suite`. */
  readonly title: string;
  /** Stem of the evidence's file names. */
  readonly evidenceStem: EvidenceStem;
  /** Cases in the order in which they run. */
  readonly cases: readonly Case[];
  /**
   * Checks what the product must refuse. Runs before the cases, and is not counted in the totals.
   */
  readonly refusals?: (product: ProductUnderTest) => AsyncIterable<RefusalResult>;
}

/** Options of {@linkcode runSuite}. */
export interface SuiteOptions {
  /**
   * Path of the executable to test.
   *
   * @default the sources
   */
  readonly bin?: string;
  /**
   * Names of the cases to run.
   *
   * @default all
   */
  readonly selected?: readonly string[];
  /** Directory for the evidence. */
  readonly evidenceDir: string;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  /** Prints a line. */
  readonly print: (line: string) => void;
}

/**
 * Runs the cases of a suite one after the other, and prints their progress. The last line is
 * the totals, for example `total=5 pass=5 fail=0 skip=0`.
 *
 * @returns Exit code: 0 if all selected cases passed, otherwise 1.
 * @throws {UsageError} If the product cannot be run, or the evidence cannot be written.
 */
export async function runSuite(suite: Suite, options: SuiteOptions): Promise<number> {
  const { print, signal, selected } = options;
  const product = await productUnderTest(options.bin);
  const cases = suite.cases.filter(({ name }) => selected?.includes(name) ?? true);
  const run = new Run(suite, cases, product, options);
  await run.start();
  print(`${suite.title} of cvmmap-streamer ${product.version} (${product.kind})`);
  if (suite.refusals !== undefined && selected === undefined) await run.refusals(suite.refusals);
  for (const [index, testCase] of cases.entries()) {
    if (signal.aborted) break;
    await run.case(index, testCase);
  }
  return run.end();
}

/** One run of a suite: its evidence and what it prints. */
class Run {
  readonly #suite: Suite;
  readonly #product: ProductUnderTest;
  readonly #options: SuiteOptions;
  readonly #startedAt = new Date();
  readonly #evidence: Evidence;
  readonly #results: CaseResult[];
  readonly #refusals: RefusalResult[] = [];
  #environment: Environment;

  constructor(
    suite: Suite,
    cases: readonly Case[],
    product: ProductUnderTest,
    options: SuiteOptions,
  ) {
    this.#suite = suite;
    this.#product = product;
    this.#options = options;
    this.#results = cases.map(pending);
    this.#environment = basicEnvironment(product);
    this.#evidence = new Evidence(options.evidenceDir, suite.evidenceStem, this.#startedAt);
  }

  /** Writes the first evidence, with the status `running`. */
  async start(): Promise<void> {
    this.#write("running", null);
    this.#environment = await completeEnvironment(this.#environment);
    this.#write("running", null);
  }

  async refusals(check: NonNullable<Suite["refusals"]>): Promise<void> {
    for await (const result of check(this.#product)) {
      this.#refusals.push(result);
      this.#write("running", null);
      if (result.verdict === "pass") continue;
      this.#options.print(
        `refusal ${result.name}: FAIL: expected exit code ${result.expectedExitCode} and ` +
          `"${result.expectedMessage}", got ${result.exitCode} and "${result.message}"`,
      );
    }
    const refused = this.#refusals.filter(({ verdict }) => verdict === "pass").length;
    this.#options.print(
      `refused combinations: ${refused} of ${this.#refusals.length} as expected`,
    );
  }

  async case(index: number, testCase: Case): Promise<void> {
    const { print, signal } = this.#options;
    const label = `[${index + 1}/${this.#results.length}] ${testCase.name}`;
    print(`${label}: ${testCase.description} ...`);
    const result = await runCase(testCase, {
      product: this.#product,
      evidenceDir: this.#evidence.folder,
      signal,
      onChange: (result) => {
        this.#results[index] = result;
        this.#write("running", null);
      },
    });
    for (const figure of result.figures) print(`  ${figureLine(figure)}`);
    print(`${label}: ${result.verdict} in ${result.durationSeconds} s`);
    if (result.verdict === "pass") return;
    print(`  reason: ${result.reason}`);
    print(`  logs: ${this.#evidence.folder}/${testCase.name}`);
  }

  /** Writes the final evidence, prints the totals and returns the exit code. */
  end(): number {
    for (const [index, result] of this.#results.entries()) {
      if (result.verdict === "pending") this.#results[index] = { ...result, verdict: "skip" };
    }
    const { print, signal } = this.#options;
    const totals = totalsOf(this.#results);
    const refused = this.#refusals.every(({ verdict }) => verdict === "pass");
    const exitCode = totals.pass === totals.total && refused && !signal.aborted ? 0 : 1;
    this.#write(signal.aborted ? "interrupted" : "complete", exitCode);
    if (signal.aborted) print(String(signal.reason));
    print(`evidence: ${this.#evidence.folder}`);
    print(totalsLine(totals));
    return exitCode;
  }

  #write(status: Summary["status"], exitCode: number | null): void {
    this.#evidence.write({
      schemaVersion: SCHEMA_VERSION,
      suite: this.#suite.title,
      status,
      pid: Deno.pid,
      startedAt: this.#startedAt.toISOString(),
      updatedAt: new Date().toISOString(),
      exitCode,
      folder: this.#evidence.folder,
      environment: this.#environment,
      totals: totalsOf(this.#results),
      cases: this.#results,
      refusals: this.#refusals,
    });
  }
}
