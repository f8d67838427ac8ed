import { compatMatrix } from "./compat_matrix.ts";
import { exampleConfiguration } from "./example_configuration.ts";
import { exitCodes } from "./exit_codes.ts";
import { flagReference } from "./flags.ts";
import { formatted } from "./markdown.ts";
import { metricReference } from "./metrics.ts";

/** A document that is made from the program's tables. */
interface GeneratedDocument {
  /** Below the root of the checkout. */
  readonly path: string;
  /** Makes its text. */
  readonly text: () => string;
}

const documents: readonly GeneratedDocument[] = [
  { path: "docs/compat_matrix.md", text: compatMatrix },
  { path: "docs/example.toml", text: exampleConfiguration },
  { path: "docs/exit_codes.md", text: exitCodes },
  { path: "docs/flags.md", text: flagReference },
  { path: "docs/metrics.md", text: metricReference },
];

/** A document whose text is not what the program's tables make of it. */
export interface StaleDocument {
  /** Below the root. */
  readonly path: string;
  /** What it should be. */
  readonly wanted: string;
}

/**
 * Finds the generated documents that are out of date.
 *
 * @param root The checkout, with a slash at its end.
 */
export async function staleDocuments(root: string): Promise<StaleDocument[]> {
  const stale: StaleDocument[] = [];
  for (const { path, text } of documents) {
    const current = await readIfThere(`${root}${path}`);
    const tidy = path.endsWith(".md") ? formatted : (raw: string) => Promise.resolve(raw);
    const wanted = await tidy(text());
    // Formatted again: another version of deno may wrap lines elsewhere, which makes nothing stale.
    if (wanted !== current && wanted !== await tidy(current)) stale.push({ path, wanted });
  }
  return stale;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
