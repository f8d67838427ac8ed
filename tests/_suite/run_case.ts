import { TimeLimit } from "../_harness/time_limit.ts";
import type { Case } from "./case.ts";
import { CaseContext } from "./case_context.ts";
import { type CaseResult, pending } from "./case_result.ts";
import { type Figure, figureLine, meetsLimit } from "./figure.ts";
import { type ProductUnderTest, productUnderTest } from "./tested_product.ts";

/** Options of {@linkcode runCase}. */
export interface RunCaseOptions {
  /**
   * Path of the executable to test.
   *
   * @default the sources
   */
  readonly bin?: string;
  /** Product to test, if already determined; replaces `bin`. */
  readonly product?: ProductUnderTest;
  /** Directory in which the case's folder is created. */
  readonly evidenceDir: string;
  /** Ends the case early. */
  readonly signal?: AbortSignal;
  /** Called with the result so far, whenever it changes. */
  readonly onChange?: (result: CaseResult) => void;
}

/** Runs one case. A case that fails is a result, not an error. */
export async function runCase(testCase: Case, options: RunCaseOptions): Promise<CaseResult> {
  const { evidenceDir, onChange = () => {} } = options;
  const product = options.product ?? await productUnderTest(options.bin);
  const folder = `${evidenceDir}/${testCase.name}`;
  await Deno.mkdir(folder, { recursive: true });
  const startedAt = new Date().toISOString();
  const startMs = performance.now();
  using limit = new TimeLimit(testCase.limitSeconds);
  const signal = options.signal === undefined
    ? limit.signal
    : AbortSignal.any([limit.signal, options.signal]);
  let result: CaseResult = { ...pending(testCase), startedAt, verdict: "running" };
  const update = (changes: Partial<CaseResult>): void =>
    onChange(result = { ...result, ...changes });
  const context = new CaseContext({
    folder,
    product,
    signal,
    onChange: () => update({ figures: context.figures, processes: context.processes }),
  });
  update({});
  let verdict: Pick<CaseResult, "verdict" | "reason">;
  try {
    await using _ = context;
    for (const figure of await untilAborted(testCase.run(context), signal)) context.note(figure);
    verdict = verdictOf(context.figures);
  } catch (error) {
    verdict = { verdict: "fail", reason: failureReason(error, signal) };
  }
  // Rounded to milliseconds for readers.
  update({ ...verdict, durationSeconds: Math.round(performance.now() - startMs) / 1000 });
  return result;
}

/** How long an aborted case may take to fail by itself, with a more specific reason. */
const ABORT_GRACE_MS = 500;

/**
 * Waits for `work`, or for shortly after the signal is aborted: a case may wait for something that
 * no signal ends.
 */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abort = (): void => {
    timer = setTimeout(() => reject(signal.reason), ABORT_GRACE_MS);
  };
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
    clearTimeout(timer);
    // The case may still fail later, when its processes are killed.
    work.catch(() => {});
  }
}

function verdictOf(figures: readonly Figure[]): Pick<CaseResult, "verdict" | "reason"> {
  const failed = figures.filter((figure) => !meetsLimit(figure));
  if (failed.length > 0) return { verdict: "fail", reason: failed.map(figureLine).join("; ") };
  // A case without a limit checks nothing.
  if (figures.some(({ limit }) => limit !== undefined)) return { verdict: "pass" };
  return { verdict: "fail", reason: "No figure has a limit" };
}

function failureReason(error: unknown, signal: AbortSignal): string {
  const reason = error instanceof Error ? error.message : String(error);
  if (!signal.aborted || error === signal.reason) return reason;
  const why = signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
  return `${why}: ${reason}`;
}
