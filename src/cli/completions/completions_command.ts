import { ExitCode } from "../exit_codes.ts";
import type { Output } from "../output.ts";
import { bashCompletions } from "./bash.ts";
import { fishCompletions } from "./fish.ts";
import { zshCompletions } from "./zsh.ts";

/**
 * The command `completions`: a script for the shell on stdout.
 *
 * @param shell One of `bash`, `zsh` and `fish`.
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
