// deno-lint-ignore-file no-console -- it talks to a person
/**
 * Makes the documents that come out of the program's own tables: docs/compat_matrix.md,
 * docs/exit_codes.md and docs/flags.md.
 *
 *   deno task docs           writes those that are out of date
 *   deno task docs:check     names them, and exits with 1 if there are any
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
