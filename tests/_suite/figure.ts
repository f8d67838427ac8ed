/** A bound that a figure must keep. */
export type Limit =
  | { readonly atMost: number }
  | { readonly atLeast: number }
  | { readonly exactly: number };

/**
 * What a case measured, beside the limit that it must keep. The limit is data: printed, written to the
 * evidence, and judged here alone.
 */
export interface Figure {
  /** What was measured, unique within its case: `recovery`, `lost packets`. */
  readonly name: string;
  /** How much. */
  readonly value: number;
  /** In what: `ms`, `packets`, `frames/s`; an empty string where the name says it all. */
  readonly unit: string;
  /** What it must keep; without it the figure is told and not judged. */
  readonly limit?: Limit;
}

/**
 * Whether a figure keeps its limit. What is not a number keeps none.
 *
 * @example
 * ```ts
 * import { keeps } from "./figure.ts";
 *
 * console.assert(keeps({ name: "recovery", value: 412, unit: "ms", limit: { atMost: 1500 } }));
 * ```
 */
export function keeps({ value, limit }: Figure): boolean {
  if (limit === undefined) return true;
  if ("atMost" in limit) return value <= limit.atMost;
  if ("atLeast" in limit) return value >= limit.atLeast;
  return value === limit.exactly;
}

/** A figure for people: `recovery 412 ms (at most 1500) ok`. */
export function figureLine(figure: Figure): string {
  const { name, value, unit, limit } = figure;
  const measured = `${name} ${rounded(value)}${unit === "" ? "" : ` ${unit}`}`;
  if (limit === undefined) return measured;
  return `${measured} (${limitWords(limit)}) ${keeps(figure) ? "ok" : "NOT KEPT"}`;
}

function limitWords(limit: Limit): string {
  if ("atMost" in limit) return `at most ${rounded(limit.atMost)}`;
  if ("atLeast" in limit) return `at least ${rounded(limit.atLeast)}`;
  return `exactly ${rounded(limit.exactly)}`;
}

/** Three digits behind the point are more than anybody measures; the evidence has them all. */
function rounded(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
