import type { Flag } from "../../config/flag.ts";
import { type CommandDefinition, type Operand, streamCommand, subcommands } from "../commands.ts";

/** A command for the completions. */
export interface CompletedCommand {
  /** Name on the command line; empty for the default command. */
  readonly name: string;
  /** The name and its aliases. */
  readonly spellings: readonly string[];
  /** Without a full stop. */
  readonly description: string;
  /** The word after the name, if there is one. */
  readonly operand: Operand | undefined;
  /** All flags, including those that the parser adds. */
  readonly flags: readonly Flag[];
}

const HELP: Flag = { kind: "switch", name: "help", description: "Print this help", group: "" };
const VERSION: Flag = {
  kind: "switch",
  name: "version",
  description: "Print the version",
  group: "",
};

/** Name of the executable. */
export const PROGRAM: string = streamCommand.name;

/** Returns all commands, the default one first. */
export function completedCommands(): CompletedCommand[] {
  const { name: _, ...stream } = completed(streamCommand);
  const named = subcommands.map(completed);
  const help: CompletedCommand = {
    name: "help",
    spellings: ["help"],
    description: "Print the help of a command",
    operand: { name: "command", choices: named.map(({ name }) => name) },
    flags: [],
  };
  return [{ ...stream, name: "", flags: [...stream.flags, VERSION] }, ...named, help];
}

function completed(definition: CommandDefinition): CompletedCommand {
  return {
    name: definition.name,
    spellings: [definition.name, ...definition.aliases],
    description: definition.description.replace(/\.$/, ""),
    operand: definition.operand,
    flags: [...definition.flags, HELP],
  };
}

/** Quotes any text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
