import { compatMatrix } from "./compat_matrix.ts";
import { exampleConfiguration } from "./example_configuration.ts";
import { exitCodes } from "./exit_codes.ts";
import { flagReference } from "./flags.ts";
import { formatted } from "./markdown.ts";
import { metricReference } from "./metrics.ts";

/** A document that is generated from the tables of the program. */
interface GeneratedDocument {
  /** Path from the root of the checkout. */
  readonly path: string;
  /** Returns its text. */
  readonly text: () => string;
}

const documents: readonly GeneratedDocument[] = [
  { path: "docs/compat_matrix.md", text: compatMatrix },
  { path: "docs/example.toml", text: exampleConfiguration },
  { path: "docs/exit_codes.md", text: exitCodes },
  { path: "docs/flags.md", text: flagReference },
  { path: "docs/metrics.md", text: metricReference },
];

/** A generated document that is out of date. */
export interface StaleDocument {
  /** Path from the root of the checkout. */
  readonly path: string;
  /** Its new text. */
  readonly wanted: string;
}

/**
 * Returns the generated documents that are out of date.
 *
 * @param root Path of the checkout, with a slash at the end.
 */
export async function staleDocuments(root: string): Promise<StaleDocument[]> {
  const stale: StaleDocument[] = [];
  for (const { path, text } of documents) {
    const current = await readIfThere(`${root}${path}`);
    const tidy = path.endsWith(".md") ? formatted : (raw: string) => Promise.resolve(raw);
    const wanted = await tidy(text());
    // The current text is formatted again: a different line wrapping of another version of deno does not count.
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
