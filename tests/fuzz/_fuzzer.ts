/**
 * Runs a fuzzer: a program that reads one input after the other, told by the seed and its number alone.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { Random } from "./_random.ts";

/** Of the processor's time: a machine that does something else makes nothing slow. */
const LIMIT_MS = 1000;
const REPORT_EVERY = 10_000;
/** What is compiled and filled by then is no growth. */
const WARM_UP = 5_000;

/** An input, and who reads it. */
export interface FuzzInput {
  readonly target: string;
  /** Throws only what is a fault of ours. */
  readonly read: () => void | Promise<void>;
}

/** Reads as many inputs as the command line says: `--runs N --seed S --from I`. */
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
  say({ seed, from, runs });
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
      say({ target, finding, repeat: `--seed ${seed} --from ${index} --runs 1` });
      return 1;
    }
    const ms = Math.round(cpuMs() - cpuBeforeMs);
    if (ms > slowest.ms) slowest = { ms, index };
    if (ms > LIMIT_MS) {
      say({ target, finding: `${ms} ms`, repeat: `--seed ${seed} --from ${index} --runs 1` });
      return 1;
    }
    if (index === from + WARM_UP) before = memory();
    // Where it would hang, this is the last word: the input is one of the next ones.
    if ((index + 1) % REPORT_EVERY === 0) say({ done: index + 1 - from, ...memory() });
  }
  const seconds = Math.round(performance.now() - startedMs) / 1000;
  say({ seed, runs, counts, seconds, slowest, before, after: memory() });
  return 0;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** One of these, at random. */
export function one<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[random.below(choices.length)];
  if (choice === undefined) throw new RangeError("There is nothing to choose from");
  return choice;
}

/** Memory in MiB, behind a garbage collection where that can be asked for. */
function memory(): { rssMiB: number; heapMiB: number } {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect === "function") collect();
  const { rss, heapUsed, external } = Deno.memoryUsage();
  const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20 * 10) / 10;
  return { rssMiB: mebibytes(rss), heapMiB: mebibytes(heapUsed + external) };
}

function say(fact: unknown): void {
  // deno-lint-ignore no-console -- It is a program.
  console.log(JSON.stringify(fact));
}
