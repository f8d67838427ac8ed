import { ExitCode } from "../errors.ts";
import type { CommandDefinition } from "./command_definition.ts";
import { streamCommand } from "./commands.ts";

const EXIT_CODES: readonly (readonly [ExitCode, string])[] = [
  [ExitCode.Success, "success"],
  [ExitCode.Failure, "a failure of the program itself"],
  [ExitCode.InvalidArguments, "invalid arguments or configuration"],
  [ExitCode.PayloadTypeMismatch, "RTP payload type mismatch"],
  [ExitCode.ThresholdNotMet, "packet or frame threshold not met"],
  [ExitCode.PipelineInitialization, "pipeline initialization failed: missing encoder or library"],
  [ExitCode.RtmpModeMismatch, "RTMP mode mismatch"],
  [ExitCode.ProtocolViolation, "protocol validation failed"],
  [ExitCode.Timeout, "timeout"],
];

/** What stands below the flags in a command's help. */
export function helpEpilogue(definition: CommandDefinition): string {
  const examples = definition.examples.map((example) => `  ${example}`);
  const parts = [`\nExamples:\n${examples.join("\n")}`];
  if (definition === streamCommand) {
    const codes = EXIT_CODES.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`);
    parts.push(
      `Exit codes:\n${codes.join("\n")}`,
      "Results (SDP, test results) go to stdout; logs, status and summary to stderr.",
    );
  }
  return parts.join("\n\n");
}
