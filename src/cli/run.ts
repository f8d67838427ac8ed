import { ExitCode } from "./exit_codes.ts";
import { Output } from "./output.ts";
import { runProgram } from "./program.ts";
import { reportError } from "./session.ts";

/**
 * Runs the command line.
 *
 * @param args Arguments after the name of the program.
 * @returns The exit code: see {@linkcode ExitCode}.
 */
export async function run(args: readonly string[]): Promise<number> {
  const output = new Output();
  let exitCode: number;
  try {
    exitCode = await runProgram(args, output);
  } catch (error) {
    exitCode = reportError(error, undefined, output);
  }
  await output.flush();
  if (output.resultFailure !== undefined) {
    output.line("cvmmap-streamer: Cannot write to stdout");
    await output.flush();
    return exitCode === ExitCode.Success ? ExitCode.Failure : exitCode;
  }
  return exitCode;
}
