import assert from "node:assert/strict";
import { stepsAtOnce } from "../_harness/steps_at_once.ts";
import { TemporaryDirectory } from "./_testing.ts";
import type { Case } from "./case.ts";
import { type Edit, Mutant } from "./mutant.ts";
import { runCase } from "./run_case.ts";

/** A fault in the product, and the case of a suite that must detect it. */
export interface Mutation {
  /** What the product does wrong. */
  readonly fault: string;
  /** Case that must detect it. */
  readonly detector: Case;
  /** Creates the product with the fault. */
  readonly make: () => Promise<FaultyProduct>;
  /** Reason that the case must fail with. */
  readonly reason: RegExp;
}

/** A temporary product; disposal removes it. */
export interface FaultyProduct extends AsyncDisposable {
  /** Path of the executable, for `--bin`. */
  readonly bin: string;
}

/** Returns a function that creates the product with one edit of its TypeScript. */
export function editedProduct(edit: Edit): Mutation["make"] {
  return () => Mutant.make([edit]);
}

/** Number of cases that run at the same time; they mostly wait. */
const CONCURRENCY = 3;

/**
 * Asserts that each fault is detected, for the expected reason. Runs each mutation as a step,
 * several at the same time. Use {@linkcode assertDetected} alone for faults that are detected by
 * timing.
 */
export async function assertEachDetected(
  test: Deno.TestContext,
  mutations: readonly Mutation[],
): Promise<void> {
  const steps = mutations.map((mutation) => ({
    name: `${mutation.detector.name} detects that ${mutation.fault}`,
    run: () => assertDetected(mutation),
  }));
  await stepsAtOnce(test, CONCURRENCY, steps);
}

/** Asserts that a fault is detected, for the expected reason. */
export async function assertDetected({ detector, make, reason }: Mutation): Promise<void> {
  using directory = new TemporaryDirectory();
  await using product = await make();
  const result = await runCase(detector, { bin: product.bin, evidenceDir: directory.path });
  const log = `${result.reason}\n${JSON.stringify(result.figures, null, 1)}`;
  assert.equal(result.verdict, "fail", log);
  assert.match(result.reason ?? "", reason, log);
}
