/** Limit of a figure. */
export type Limit =
  | { readonly atMost: number }
  | { readonly atLeast: number }
  | { readonly exactly: number };

/**
 * A measured value and its limit. The limit is data: it is printed, written to the evidence, and
 * checked only here.
 */
export interface Figure {
  /** What was measured, such as `recovery` or `lost packets`. Unique within the case. */
  readonly name: string;
  /** Measured value. NaN if it could not be measured. */
  readonly value: number;
  /** Unit, such as `ms`, `packets` or `frames/s`; empty if the name implies it. */
  readonly unit: string;
  /** Limit that the value must meet. Without one the figure is only reported. */
  readonly limit?: Limit;
}

/**
 * Whether a figure meets its limit. NaN meets no limit.
 *
 * @example
 * ```ts
 * import { meetsLimit } from "./figure.ts";
 *
 * console.assert(meetsLimit({ name: "recovery", value: 412, unit: "ms", limit: { atMost: 1500 } }));
 * ```
 */
export function meetsLimit({ value, limit }: Figure): boolean {
  if (limit === undefined) return true;
  if ("atMost" in limit) return value <= limit.atMost;
  if ("atLeast" in limit) return value >= limit.atLeast;
  return value === limit.exactly;
}

/** Formats a figure, for example `recovery 412 ms (at most 1500) ok`. */
export function figureLine(figure: Figure): string {
  const { name, value, unit, limit } = figure;
  const measured = `${name} ${rounded(value)}${unit === "" ? "" : ` ${unit}`}`;
  if (limit === undefined) return measured;
  return `${measured} (${limitText(limit)}) ${meetsLimit(figure) ? "ok" : "NOT MET"}`;
}

function limitText(limit: Limit): string {
  if ("atMost" in limit) return `at most ${rounded(limit.atMost)}`;
  if ("atLeast" in limit) return `at least ${rounded(limit.atLeast)}`;
  return `exactly ${rounded(limit.exactly)}`;
}

/** Rounds to three decimals for output; the evidence has the exact value. */
function rounded(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
