import { exitCodeMeanings } from "./exit_codes.ts";
import type { CommandDefinition } from "./command_definition.ts";
import { streamCommand } from "./commands.ts";

/** What stands below the flags in a command's help. */
export function helpEpilogue(definition: CommandDefinition): string {
  const examples = definition.examples.map((example) => `  ${example}`);
  const parts = [`\nExamples:\n${examples.join("\n")}`];
  if (definition === streamCommand) {
    const codes = Object.entries(exitCodeMeanings)
      .map(([code, { meaning }]) => `  ${code.padStart(3)}  ${meaning}`);
    parts.push(
      `Exit codes:\n${codes.join("\n")}`,
      "Results (SDP, test results) go to stdout; logs, status and summary to stderr.",
    );
  }
  return parts.join("\n\n");
}
