import { exitCodeMeanings } from "../../src/cli/exit_codes.ts";
import { GENERATED } from "./compat_matrix.ts";
import { table } from "./markdown.ts";

/** `docs/exit_codes.md`, out of the table that the help prints. */
export function exitCodes(): string {
  const rows = Object.entries(exitCodeMeanings)
    .map(([code, { meaning, remedy }]) => [code, meaning, remedy]);
  return `# Exit codes

${table(["Code", "Meaning", "What to do"], rows)}

The message is one line that says what failed, what was got and what is allowed: the last line on
stderr, or the first of a tester's result on stdout. A second SIGINT or SIGTERM ends the program at once, as a signal would: with 128 and the signal's
number (130, 143).

${GENERATED}
`;
}
