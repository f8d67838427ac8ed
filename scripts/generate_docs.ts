// deno-lint-ignore-file no-console -- prints its result
/**
 * Generates docs/compat_matrix.md, docs/exit_codes.md and docs/flags.md from the tables of the program.
 *
 *   deno task docs           writes the documents that are out of date
 *   deno task docs:check     prints their names, and exits with code 1 if there are any
 *
 * @module
 */
import { staleDocuments } from "./docs/documents.ts";

const check = Deno.args.includes("--check");
if (Deno.args.length > (check ? 1 : 0)) {
  console.error("generate_docs: expected nothing or --check");
  Deno.exit(2);
}
const root = new URL("../", import.meta.url).pathname;
const stale = await staleDocuments(root);
for (const { path, wanted } of stale) {
  if (check) console.error(`${path} is out of date: run "deno task docs"`);
  else {
    await Deno.writeTextFile(`${root}${path}`, wanted);
    console.log(`wrote ${path}`);
  }
}
if (check && stale.length > 0) Deno.exit(1);
