import { Command, CommanderError, Option } from "commander";
import { ConfigurationError } from "../errors.ts";
import { type Flag, flagConstraints, flagSyntax } from "../config/flag.ts";
import { type GivenFlags, list, quote, withoutKeys } from "../config/read_flags.ts";
import type { CommandDefinition, Operand } from "./command_definition.ts";
import { commandRuns } from "./command_runs.ts";
import { streamCommand, subcommands } from "./commands.ts";
import { helpEpilogue } from "./help.ts";
import type { Output } from "./output.ts";
import { versionLine } from "./version.ts";

/** Columns of the help: fixed, so that it reads the same in a pipe and on every terminal. */
const HELP_WIDTH = 100;

/**
 * Finds the command that the arguments ask for and runs it; help and version are printed at once.
 *
 * @returns The exit code.
 * @throws {StreamerError} With exit code 2: the arguments are not valid.
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

/** Builds the parser. `ended` hears the exit code of the command that ran. */
export function buildProgram(output: Output, ended: (exitCode: number) => void): Command {
  const program = new Command(streamCommand.name);
  configure(program, streamCommand, output, ended);
  program
    .version(versionLine(), "-V, --version", "Print the version")
    .enablePositionalOptions()
    .helpCommand("help [command]", "Print the help of a command")
    .hook("preSubcommand", (_program, subcommand) => refuseOptionsBefore(program, subcommand));
  for (const definition of subcommands) {
    // Made by `command`, not added: so it takes over how errors and output are handled.
    configure(program.command(definition.name), definition, output, ended);
  }
  return program;
}

function configure(
  command: Command,
  definition: CommandDefinition,
  output: Output,
  ended: (exitCode: number) => void,
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
      // Errors are told once, by whoever catches them.
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const flag of definition.flags) command.addOption(option(flag));
  const { operand } = definition;
  if (operand !== undefined) {
    command.argument(`[${operand.name}]`, operand.choices?.join(", ") ?? "Path of a file");
  }
  command.action(async () => {
    const given = operand === undefined ? "" : readOperand(operand, command.args[0]);
    ended(await commandRuns[definition.name](givenFlags(command), output, given));
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

/** Commander wants `--gop <N>`; the help writes it as people do, `--gop N`. */
function optionTerm(option: Option): string {
  return option.flags.replace(/[<>]/g, "");
}

/** `--shm-name --rtp` is a forgotten value, not a segment called "--rtp". */
function refuseFlagAsValue(flag: Flag, text: string): string {
  if (!text.startsWith("--")) return text;
  throw new ConfigurationError(`Missing value: expected ${flagSyntax(flag)}, got ${quote(text)}`);
}

function givenFlags(command: Command): GivenFlags {
  const given = new Map<string, string | true | readonly string[]>();
  for (const option of command.options) {
    // `--x` and `--no-x` share a value; of the two, the one given last counts.
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
  // `help nonsense` ends as a request for the help of nothing.
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
