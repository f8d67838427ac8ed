import { ExitCode } from "../exit_codes.ts";
import type { Output } from "../output.ts";
import { bashCompletions } from "./bash.ts";
import { fishCompletions } from "./fish.ts";
import { zshCompletions } from "./zsh.ts";

/**
 * Runs the command `completions`: prints the completion script for a shell to stdout.
 *
 * @param shell `bash`, `zsh` or `fish`.
 */
export function runCompletions(shell: string, output: Output): Promise<number> {
  const make = shell === "bash"
    ? bashCompletions
    : shell === "zsh"
    ? zshCompletions
    : fishCompletions;
  output.result(make());
  return Promise.resolve(ExitCode.Success);
}
