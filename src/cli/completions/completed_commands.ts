import type { Flag } from "../../config/flag.ts";
import type { CommandDefinition, Operand } from "../command_definition.ts";
import { streamCommand, subcommands } from "../commands.ts";

/** A command as the completions know it. */
export interface CompletedCommand {
  /** As typed; empty for the command without a name. */
  readonly name: string;
  /** Its name and its other spellings. */
  readonly spellings: readonly string[];
  /** Without a full stop. */
  readonly description: string;
  /** The word that follows its name, if it takes one. */
  readonly operand: Operand | undefined;
  /** All of them, those that the parser adds included. */
  readonly flags: readonly Flag[];
}

const HELP: Flag = { kind: "switch", name: "help", description: "Print this help", group: "" };
const VERSION: Flag = {
  kind: "switch",
  name: "version",
  description: "Print the version",
  group: "",
};

/** The executable's name. */
export const PROGRAM: string = streamCommand.name;

/** Every command, the one without a name first. */
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

/** Text as one word of a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
