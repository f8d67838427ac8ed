import type { Measurement } from "./_run.ts";

/** What is compared. */
export type Quantity = "p50" | "p99" | "cpu" | "rss";

/**
 * The throw-away trial that the design follows from, on its machine: the same plain C program, and the
 * chain that reads the pixels once. What counts elsewhere is the ratio.
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

/** Those that the target is about. */
const LIMITED: readonly Quantity[] = ["p50", "p99"];
/**
 * Processors that others may keep busy, other guests of the host included (the kernel's "steal"): with more,
 * the figures say more about them.
 */
export const CALM = 0.05;

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

/** The most that a quantity of the product may be, as a multiple of the plain C program's. */
export function limit(picture: string, quantity: Quantity): number | undefined {
  const trial = TRIAL[picture];
  return trial === undefined ? undefined : trial.fused[quantity] / trial.plain[quantity];
}

/** Title of the table of runs, and of the one of medians. */
export function header(): string {
  return "size   program                      " +
    COLUMNS.map(([title]) => title.padStart(11)).join("");
}

/** One run, or what {@linkcode medians} makes of several. */
export function row(picture: string, subject: string, run: Measurement): string {
  const cells = COLUMNS.map(([, digits, of]) => of(run).toFixed(digits).padStart(11));
  return picture.padEnd(7) + subject.padEnd(29) + cells.join("") +
    (run.others > CALM ? "  disturbed" : "");
}

/** The median of each quantity; of an even number of runs the mean of the two in the middle. */
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

/** The product's figures as multiples of the plain C program's in the same round, beside the limits. */
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

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
