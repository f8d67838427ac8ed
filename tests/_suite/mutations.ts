import assert from "node:assert/strict";
import { stepsAtOnce } from "../_harness/steps_at_once.ts";
import { TemporaryDirectory } from "./_testing.ts";
import type { Case } from "./case.ts";
import { type Edit, Mutant } from "./mutant.ts";
import { runCase } from "./run_case.ts";

/** A fault in the product, and the case of a suite that must find it. */
export interface Mutation {
  /** What the product does wrong. */
  readonly fault: string;
  /** What must find it. */
  readonly finder: Case;
  /** The product with the fault. */
  readonly make: () => Promise<FaultyProduct>;
  /** What the case must say of it. */
  readonly reason: RegExp;
}

/** A product that is gone when disposed. */
export interface FaultyProduct extends AsyncDisposable {
  /** What goes where `--bin` goes. */
  readonly bin: string;
}

/** A fault that a change of the TypeScript makes. */
export function edited(edit: Edit): Mutation["make"] {
  return () => Mutant.make([edit]);
}

/** Cases that run at once: for the most part they wait. */
const AT_ONCE = 3;

/**
 * Makes sure, in a step each and several at once, that every fault is found, and for the reason that it
 * should be. What is found by how long things take is for {@linkcode isFound}, alone.
 */
export async function eachIsFound(
  test: Deno.TestContext,
  mutations: readonly Mutation[],
): Promise<void> {
  const steps = mutations.map((mutation) => ({
    name: `${mutation.finder.name} finds it where ${mutation.fault}`,
    run: () => isFound(mutation),
  }));
  await stepsAtOnce(test, AT_ONCE, steps);
}

/** Makes sure that a fault is found, and for the reason that it should be. */
export async function isFound({ finder, make, reason }: Mutation): Promise<void> {
  using directory = new TemporaryDirectory();
  await using product = await make();
  const result = await runCase(finder, { bin: product.bin, evidenceDir: directory.path });
  const log = `${result.reason}\n${JSON.stringify(result.figures, null, 1)}`;
  assert.equal(result.verdict, "fail", log);
  assert.match(result.reason ?? "", reason, log);
}
