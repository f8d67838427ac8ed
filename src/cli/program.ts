import { Command, CommanderError, Option } from "commander";
import { ConfigurationError } from "../errors.ts";
import { type Flag, flagConstraints, flagSyntax } from "../config/flag.ts";
import { type GivenFlags, list, quote, withoutKeys } from "../config/read_flags.ts";
import {
  type CommandDefinition,
  type CommandName,
  type Operand,
  streamCommand,
  subcommands,
} from "./commands.ts";
import { helpEpilogue, versionLine } from "./help.ts";
import type { Output } from "./output.ts";

/** Columns of the help. Fixed, so that it is the same in a pipe and on every terminal. */
const HELP_WIDTH = 100;

/**
 * Runs a command and returns its exit code.
 *
 * @param operand One of the choices of the command's operand; empty if the command has none.
 * @throws {StreamerError} With exit code 2, before anything is started, if the flags are not valid.
 */
type CommandRun = (given: GivenFlags, output: Output, operand: string) => Promise<number>;

/** The implementation of each command, loaded when it runs. */
const commandRuns: Readonly<Record<CommandName, CommandRun>> = {
  "cvmmap-streamer": async (given, output) =>
    (await import("./stream_command.ts")).runStream(given, output),
  "simulate": async (given, output) =>
    (await import("./simulate_command.ts")).runSimulate(given, output),
  "serve": async (given, output, path) =>
    (await import("./serve/serve_command.ts")).runServe(given, output, path),
  "doctor": async (given, output, path) =>
    (await import("./doctor_command.ts")).runDoctor(given, output, path),
  "rtp-receiver-tester": async (given, output) =>
    (await import("./tester_commands.ts")).runRtpReceiverTest(given, output),
  "rtmp-stub-tester": async (given, output) =>
    (await import("./tester_commands.ts")).runRtmpStubTest(given, output),
  "completions": async (_given, output, shell) =>
    (await import("./completions/completions_command.ts")).runCompletions(shell, output),
  "manual": async (_given, output) => (await import("./manual/manual.ts")).runManual(output),
};

/**
 * Parses the arguments and runs the command, or prints the help or the version.
 *
 * @returns The exit code.
 * @throws {StreamerError} With exit code 2 if the arguments are not valid.
 */
export async function runProgram(args: readonly string[], output: Output): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(output, (code) => exitCode = code);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new ConfigurationError(usageMessage(error, program));
  }
  return exitCode;
}

/**
 * Builds the parser.
 *
 * @param onEnd Called with the exit code of the command.
 */
export function buildProgram(output: Output, onEnd: (exitCode: number) => void): Command {
  const program = new Command(streamCommand.name);
  configure(program, streamCommand, output, onEnd);
  program
    .version(versionLine(), "-V, --version", "Print the version")
    .enablePositionalOptions()
    .helpCommand("help [command]", "Print the help of a command")
    .hook("preSubcommand", (_program, subcommand) => refuseOptionsBefore(program, subcommand));
  for (const definition of subcommands) {
    // Created by `command()`, so that it inherits the handling of errors and output.
    configure(program.command(definition.name), definition, output, onEnd);
  }
  return program;
}

function configure(
  command: Command,
  definition: CommandDefinition,
  output: Output,
  onEnd: (exitCode: number) => void,
): void {
  command
    .description(definition.description)
    .usage(definition.usage)
    .aliases(definition.aliases)
    .addHelpText("after", helpEpilogue(definition))
    .configureHelp({ optionTerm, subcommandTerm: (subcommand) => subcommand.name() })
    .helpOption("-h, --help", "Print this help")
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.result(text),
      // The caller of runProgram() prints errors.
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const flag of definition.flags) command.addOption(option(flag));
  const { operand } = definition;
  if (operand !== undefined) {
    command.argument(
      `[${operand.name}]`,
      operand.choices?.join(", ") ?? "Path of a configuration file",
    );
  }
  command.action(async () => {
    const given = operand === undefined ? "" : readOperand(operand, command.args[0]);
    onEnd(await commandRuns[definition.name](givenFlags(command), output, given));
  });
}

function readOperand({ name, choices, isOptional }: Operand, given: string | undefined): string {
  if (given === undefined && isOptional === true) return "";
  if (given !== undefined && (choices === undefined || choices.includes(given))) return given;
  if (choices === undefined) throw new ConfigurationError(`Missing ${name}: expected a file`);
  const got = given === undefined ? `Missing ${name}` : `Unknown ${name} ${quote(given)}`;
  throw new ConfigurationError(`${got}: expected ${list(choices)}`);
}

function option(flag: Flag): Option {
  const constraints = flagConstraints(flag);
  const description = constraints === ""
    ? flag.description
    : `${flag.description} (${constraints})`;
  if (flag.kind === "switch") {
    return new Option(`--${flag.name}`, description).helpGroup(flag.group);
  }
  return new Option(flagSyntax(flag).replace(/ (.*)$/, " <$1>"), description)
    .helpGroup(flag.group)
    .argParser<string | string[]>((text, before) => {
      const value = refuseFlagAsValue(flag, text);
      return flag.kind === "text" && flag.isRepeatable ? [...(before ?? []), value] : value;
    });
}

/** Commander requires `--gop <N>`; the help shows `--gop N`. */
function optionTerm(option: Option): string {
  return option.flags.replace(/[<>]/g, "");
}

/** In `--shm-name --rtp`, the value is missing: "--rtp" is not the name of a segment. */
function refuseFlagAsValue(flag: Flag, text: string): string {
  if (!text.startsWith("--")) return text;
  throw new ConfigurationError(`Missing value: expected ${flagSyntax(flag)}, got ${quote(text)}`);
}

function givenFlags(command: Command): GivenFlags {
  const given = new Map<string, string | true | readonly string[]>();
  for (const option of command.options) {
    // `--x` and `--no-x` share a value; the last one given counts.
    const value: unknown = command.getOptionValue(option.attributeName());
    if (option.negate) {
      if (value === false) given.set(option.name(), true);
    } else if (typeof value === "string" || value === true) given.set(option.name(), value);
    else if (Array.isArray(value)) given.set(option.name(), value.map(String));
  }
  return given;
}

function refuseOptionsBefore(program: Command, subcommand: Command): void {
  const [first] = givenFlags(program).keys();
  if (first === undefined) return;
  throw new ConfigurationError(
    `--${first} does not go before ${subcommand.name()}: flags of a command come after its name`,
  );
}

function usageMessage(error: CommanderError, program: Command): string {
  // For `help nonsense`, commander ends with the code of a help request.
  const operand = error.code === "commander.help" ? program.args[1] : program.args[0];
  const names = subcommands.flatMap(({ name, aliases }) => [name, ...aliases]);
  const ofCommand = error.code === "commander.help" || error.code === "commander.excessArguments";
  if (ofCommand && operand !== undefined && !names.includes(operand)) {
    const known = list(subcommands.map((definition) => definition.name));
    return `Unknown command: expected ${known}, or flags alone to stream, got ${quote(operand)}`;
  }
  const text = withoutKeys(error.message.replace(/^error: /, "").replaceAll("\n", " "));
  return text.charAt(0).toUpperCase() + text.slice(1);
}
