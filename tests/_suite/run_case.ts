import { TimeLimit } from "../_harness/time_limit.ts";
import type { Case } from "./case.ts";
import { CaseRoom } from "./case_room.ts";
import { type CaseResult, pending } from "./case_result.ts";
import { type Figure, figureLine, keeps } from "./figure.ts";
import { type ProductUnderTest, productUnderTest } from "./tested_product.ts";

/** How to run a case. */
export interface RunCaseOptions {
  /** Path of the executable; the sources if undefined. */
  readonly bin?: string;
  /** The product, where it is known already. */
  readonly product?: ProductUnderTest;
  /** Where the case's folder is made. */
  readonly evidenceDir: string;
  /** Ends the case early. */
  readonly signal?: AbortSignal;
  /** Is told how far it has come. */
  readonly onChange?: (result: CaseResult) => void;
}

/** Runs one case to its verdict. A case that fails is a result, no error. */
export async function runCase(one: Case, options: RunCaseOptions): Promise<CaseResult> {
  const { evidenceDir, onChange = () => {} } = options;
  const product = options.product ?? await productUnderTest(options.bin);
  const folder = `${evidenceDir}/${one.name}`;
  await Deno.mkdir(folder, { recursive: true });
  const startedAt = new Date().toISOString();
  const begun = performance.now();
  using limit = new TimeLimit(one.limitSeconds);
  const signal = AbortSignal.any([limit.signal, ...options.signal ? [options.signal] : []]);
  let result: CaseResult = { ...pending(one), startedAt, verdict: "running" };
  const tell = (news: Partial<CaseResult>): void => onChange(result = { ...result, ...news });
  const room = new CaseRoom({
    folder,
    product,
    signal,
    onChange: () => tell({ figures: room.figures, processes: room.processes }),
  });
  tell({});
  let verdict: Pick<CaseResult, "verdict" | "reason">;
  try {
    await using _ = room;
    for (const figure of await untilAborted(one.run(room), signal)) room.note(figure);
    verdict = judged(room.figures);
  } catch (error) {
    verdict = { verdict: "fail", reason: reasonOf(error, signal) };
  }
  // To the millisecond: it is read by people.
  tell({ ...verdict, durationSeconds: Math.round(performance.now() - begun) / 1000 });
  return result;
}

/** How long a case may take to say what it was at when it was aborted. */
const LAST_WORDS_MS = 500;

/** A case may wait for what no signal ends. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abort = (): void => {
    timer = setTimeout(() => reject(signal.reason), LAST_WORDS_MS);
  };
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
    clearTimeout(timer);
    // It may fail behind our back, when its processes are taken from it.
    work.catch(() => {});
  }
}

function judged(figures: readonly Figure[]): Pick<CaseResult, "verdict" | "reason"> {
  const broken = figures.filter((figure) => !keeps(figure));
  if (broken.length > 0) return { verdict: "fail", reason: broken.map(figureLine).join("; ") };
  // A case that judged nothing has shown nothing.
  if (figures.some(({ limit }) => limit !== undefined)) return { verdict: "pass" };
  return { verdict: "fail", reason: "It measured nothing that has a limit" };
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  const reason = error instanceof Error ? error.message : String(error);
  if (!signal.aborted || error === signal.reason) return reason;
  const why = signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
  return `${why}: ${reason}`;
}
