import type { Measurement } from "./_run.ts";

/** A measured quantity that is compared. */
export type Quantity = "p50" | "p99" | "cpu" | "rss";

/**
 * Results of the prototype that the design is based on: the same plain C program, and a pipeline that
 * reads the pixels only once. On other machines, only the ratio of the two is comparable.
 */
const TRIAL: Readonly<Record<string, Record<"plain" | "fused", Record<Quantity, number>>>> = {
  "720p": {
    plain: { p50: 7.3, p99: 10.0, cpu: 8.7, rss: 43 },
    fused: { p50: 4.6, p99: 7.2, cpu: 6.2, rss: 80 },
  },
  "1080p": {
    plain: { p50: 11.9, p99: 17.8, cpu: 14.2, rss: 62 },
    fused: { p50: 7.6, p99: 12.5, cpu: 10.1, rss: 97 },
  },
};

/** Quantities whose ratio must not exceed the prototype's. */
const LIMITED: readonly Quantity[] = ["p50", "p99"];
/**
 * Maximum number of CPUs that other processes may use during a run, including other guests of the host (the
 * kernel's "steal"). Above it, a run counts as disturbed.
 */
export const MAX_OTHER_LOAD = 0.05;

const COLUMNS: readonly [title: string, digits: number, of: (run: Measurement) => number][] = [
  ["p10 ms", 2, (run) => run.p10],
  ["p50 ms", 2, (run) => run.p50],
  ["p95 ms", 2, (run) => run.p95],
  ["p99 ms", 2, (run) => run.p99],
  ["max ms", 1, (run) => run.max],
  ["CPU s/1000", 2, (run) => run.cpu],
  ["RSS MB", 0, (run) => run.rss],
  ["lost", 0, (run) => run.published - run.received],
  ["others", 2, (run) => run.others],
];

/** Returns the ratio of the prototype to the plain C program, which is the product's limit. */
export function limit(picture: string, quantity: Quantity): number | undefined {
  const trial = TRIAL[picture];
  return trial === undefined ? undefined : trial.fused[quantity] / trial.plain[quantity];
}

/** Returns the header of the tables of runs and of medians. */
export function header(): string {
  return "size   program                      " +
    COLUMNS.map(([title]) => title.padStart(11)).join("");
}

/** Returns the table row of a run, or of the {@linkcode medians} of several runs. */
export function row(picture: string, subject: string, run: Measurement): string {
  const cells = COLUMNS.map(([, digits, of]) => of(run).toFixed(digits).padStart(11));
  return picture.padEnd(7) + subject.padEnd(29) + cells.join("") +
    (run.others > MAX_OTHER_LOAD ? "  disturbed" : "");
}

/** Returns the median of each quantity. */
export function medians(runs: readonly Measurement[]): Measurement {
  const of = (quantity: keyof Measurement): number => median(runs.map((run) => run[quantity]));
  return {
    published: of("published"),
    received: of("received"),
    p10: of("p10"),
    p50: of("p50"),
    p95: of("p95"),
    p99: of("p99"),
    max: of("max"),
    cpu: of("cpu"),
    rss: of("rss"),
    ours: of("ours"),
    others: of("others"),
  };
}

/** Compares the product with the plain C program of the same round, and the ratios with the limits. */
export function compare(
  picture: string,
  rounds: readonly (readonly [plain: Measurement, product: Measurement])[],
): { readonly lines: string[]; readonly passed: boolean } {
  const quantities: readonly Quantity[] = ["p50", "p99", "cpu", "rss"];
  let passed = true;
  const lines = quantities.map((quantity) => {
    const ratios = rounds.map(([plain, product]) => product[quantity] / plain[quantity]);
    const [ratio, least, most] = [median(ratios), Math.min(...ratios), Math.max(...ratios)]
      .map((value) => value.toFixed(2));
    const limited = limit(picture, quantity);
    const exceeded = limited !== undefined && LIMITED.includes(quantity) &&
      median(ratios) > limited;
    if (exceeded) passed = false;
    return `${picture.padEnd(7)}${quantity.padEnd(5)}${ratio}  (${least} to ${most})` +
      (limited === undefined ? "" : `   trial ${limited.toFixed(2)}`) +
      (exceeded ? "   EXCEEDED" : "");
  });
  return { lines, passed };
}

/** Prints a line to stdout. */
export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
