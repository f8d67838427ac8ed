import type { CommandDefinition } from "../../src/cli/command_definition.ts";
import { streamCommand, subcommands } from "../../src/cli/commands.ts";
import { type Flag, flagSyntax } from "../../src/config/flag.ts";
import { logFlags } from "../../src/config/log_flags.ts";
import { code, table } from "./markdown.ts";

const commands: readonly CommandDefinition[] = [streamCommand, ...subcommands];
const common: ReadonlySet<string> = new Set(logFlags.map(({ name }) => name));

/** The README's flag reference: every flag of every command, out of the tables that parse them. */
export function flagReference(): string {
  const sections = commands.map((command) =>
    [
      `### ${code(command.name)}`,
      command.description + operand(command) + aliases(command),
      ...flagTables(command.flags.filter(({ name }) => !common.has(name))),
    ].join("\n\n")
  );
  return [...sections, "### Logging and help", flagTable(logFlags, HELP)].join("\n\n");
}

/** What the parser adds to the tables. */
const HELP: readonly (readonly string[])[] = [
  [code("--help"), "", "", "Print the help of the command"],
  [code("--version"), "", "", "Print the version; of the program alone, not of its commands"],
];

function aliases({ aliases }: CommandDefinition): string {
  return aliases.length === 0 ? "" : ` Also called ${aliases.map(code).join(", ")}.`;
}

function operand({ operand }: CommandDefinition): string {
  if (operand === undefined) return "";
  return ` The ${operand.name} follows: ${operand.choices.map(code).join(", ")}.`;
}

/** A command without flags of its own needs no table of them. */
function flagTables(flags: readonly Flag[]): string[] {
  return flags.length === 0 ? [] : [flagTable(flags)];
}

function flagTable(flags: readonly Flag[], more: readonly (readonly string[])[] = []): string {
  return table(["Flag", "Default", "Range", "What it does"], [...flags.map(cells), ...more]);
}

function cells(flag: Flag): string[] {
  const { requires } = flag;
  const needed = requires === undefined
    ? ""
    : `; goes with ${code(["--" + requires.flag, requires.value ?? ""].join(" ").trim())}`;
  return [code(flagSyntax(flag)), defaultOf(flag), rangeOf(flag), flag.description + needed];
}

function defaultOf(flag: Flag): string {
  return flag.kind === "switch" || flag.default === undefined ? "" : code(`${flag.default}`);
}

/** The choices of a flag that lists them in its syntax need no second place. */
function rangeOf(flag: Flag): string {
  if (flag.kind === "integer") return `${flag.min} to ${flag.max}`;
  if (flag.kind === "text" && flag.isRepeatable) return "may be repeated";
  if (flag.kind !== "choice" || flag.placeholder === undefined) return "";
  return flag.choices.map(code).join(" ");
}
