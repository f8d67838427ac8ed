import { exitCodeMeanings } from "../../src/cli/exit_codes.ts";
import { GENERATED } from "./compat_matrix.ts";
import { table } from "./markdown.ts";

/** Returns `docs/exit_codes.md`, from the table of the help. */
export function exitCodes(): string {
  const rows = Object.entries(exitCodeMeanings)
    .map(([code, { meaning, remedy }]) => [code, meaning, remedy]);
  return `# Exit codes

${table(["Code", "Meaning", "What to do"], rows)}

The message is one line that says what failed, what was got and what is allowed. It is the last line on
stderr, or the first line of the result of a tester on stdout. A second SIGINT or SIGTERM ends the program
immediately, with exit code 128 plus the signal number (130 or 143).

${GENERATED}
`;
}
