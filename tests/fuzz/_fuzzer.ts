/**
 * Runs a fuzzer. Each input is determined by the seed and its index, so a finding can be reproduced.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { Random } from "./_random.ts";

/** Maximum processor time of an input. Unlike wall time, it does not depend on the machine's load. */
const LIMIT_MS = 1000;
const REPORT_EVERY = 10_000;
/** Number of inputs before memory is measured: compiled code and filled caches are not leaks. */
const WARM_UP = 5_000;

/** An input and its target. */
export interface FuzzInput {
  readonly target: string;
  /** Feeds the input to the target. It throws only if there is a finding. */
  readonly read: () => void | Promise<void>;
}

/** Runs as many inputs as the command line says: `--runs N --seed S --from I`. */
export async function runFuzzer(
  input: (random: Random) => FuzzInput,
  defaultRuns: number,
): Promise<void> {
  const { values: { runs, seed, from } } = parseArgs({
    options: {
      runs: { type: "string", default: `${defaultRuns}` },
      seed: { type: "string", default: `${crypto.getRandomValues(new Uint32Array(1))[0]}` },
      from: { type: "string", default: "0" },
    },
  });
  Deno.exitCode = await fuzz(input, Number(seed) >>> 0, Number(from), Number(runs));
}

async function fuzz(
  input: (random: Random) => FuzzInput,
  seed: number,
  from: number,
  runs: number,
): Promise<number> {
  print({ seed, from, runs });
  const counts: Record<string, number> = {};
  const startedMs = performance.now();
  let before = memory();
  let slowest = { ms: 0, index: from };
  for (let index = from; index < from + runs; index++) {
    const { target, read } = input(new Random(seed, index));
    counts[target] = (counts[target] ?? 0) + 1;
    const cpuBeforeMs = cpuMs();
    try {
      await read();
    } catch (error) {
      const finding = error instanceof Error ? error.stack ?? error.message : String(error);
      print({ target, finding, repeat: `--seed ${seed} --from ${index} --runs 1` });
      return 1;
    }
    const ms = Math.round(cpuMs() - cpuBeforeMs);
    if (ms > slowest.ms) slowest = { ms, index };
    if (ms > LIMIT_MS) {
      print({ target, finding: `${ms} ms`, repeat: `--seed ${seed} --from ${index} --runs 1` });
      return 1;
    }
    if (index === from + WARM_UP) before = memory();
    // If an input hangs, this is the last output: the input is one of the next 10,000.
    if ((index + 1) % REPORT_EVERY === 0) print({ done: index + 1 - from, ...memory() });
  }
  const seconds = Math.round(performance.now() - startedMs) / 1000;
  print({ seed, runs, counts, seconds, slowest, before, after: memory() });
  return 0;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Returns the memory use in MiB, after a garbage collection if V8 exposes it (`--expose-gc`). */
function memory(): { rssMiB: number; heapMiB: number } {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect === "function") collect();
  const { rss, heapUsed, external } = Deno.memoryUsage();
  const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20 * 10) / 10;
  return { rssMiB: mebibytes(rss), heapMiB: mebibytes(heapUsed + external) };
}

function print(fact: unknown): void {
  // deno-lint-ignore no-console -- This is a command line program.
  console.log(JSON.stringify(fact));
}
