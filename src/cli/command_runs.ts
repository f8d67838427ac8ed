import type { GivenFlags } from "../config/read_flags.ts";
import type { CommandName } from "./command_definition.ts";
import type { Output } from "./output.ts";

/**
 * Runs a command and returns its exit code.
 *
 * @param operand The command's, one of its choices; empty where it takes none.
 * @throws {StreamerError} With exit code 2, before anything has been started: what was asked for
 * is not valid.
 */
export type CommandRun = (given: GivenFlags, output: Output, operand: string) => Promise<number>;

/** What each command does. Only that of the command asked for is loaded. */
export const commandRuns: Readonly<Record<CommandName, CommandRun>> = {
  "cvmmap-streamer": async (given, output) =>
    (await import("./stream_command.ts")).runStream(given, output),
  "serve": async (given, output, path) =>
    (await import("./serve/serve_command.ts")).runServe(given, output, path),
  "doctor": async (given, output, path) =>
    (await import("./doctor_command.ts")).runDoctor(given, output, path),
  "simulate": async (given, output) =>
    (await import("./simulate_command.ts")).runSimulate(given, output),
  "rtp-receiver-tester": async (given, output) =>
    (await import("./rtp_receiver_tester_command.ts")).runRtpReceiverTest(given, output),
  "rtmp-stub-tester": async (given, output) =>
    (await import("./rtmp_stub_tester_command.ts")).runRtmpStubTest(given, output),
  "completions": async (_given, output, shell) =>
    (await import("./completions/completions_command.ts")).runCompletions(shell, output),
  "manual": async (_given, output) =>
    (await import("./manual/manual_command.ts")).runManual(output),
};
