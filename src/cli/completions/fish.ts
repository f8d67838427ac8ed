import type { Flag } from "../../config/flag.ts";
import { type CompletedCommand, completedCommands, PROGRAM } from "./completed_commands.ts";

/** The completion script for fish. */
export function fishCompletions(): string {
  const [stream, ...named] = completedCommands();
  const spellings = named.flatMap((command) => command.spellings).join(" ");
  const lines = named.flatMap((command) => [
    complete("__cvmmap_streamer_first", `-a ${command.name}`, command.description),
    ...commandLines(command, `__cvmmap_streamer_command ${command.spellings.join(" ")}`),
  ]);
  if (stream !== undefined) {
    lines.unshift(...commandLines(stream, "__cvmmap_streamer_streams"));
  }
  return `# fish completion for ${PROGRAM}, made by "${PROGRAM} completions fish"
function __cvmmap_streamer_first
    set -l words (commandline -opc)
    test (count $words) -eq 1
end
function __cvmmap_streamer_command
    set -l words (commandline -opc)
    set -q words[2]; and contains -- $words[2] $argv
end
function __cvmmap_streamer_streams
    not __cvmmap_streamer_command ${spellings}
end
complete -c ${PROGRAM} -f
${lines.join("\n")}
`;
}

function commandLines({ operand, flags }: CompletedCommand, condition: string): string[] {
  const lines = flags.map((flag) => complete(condition, flagOptions(flag), flag.description));
  if (operand !== undefined) {
    const { choices } = operand;
    const offer = choices === undefined ? "-F" : `-a ${fishWord(choices.join(" "))}`;
    lines.unshift(complete(condition, offer, operand.name));
  }
  return lines;
}

function flagOptions(flag: Flag): string {
  const name = `-l ${flag.name}`;
  if (flag.kind === "switch") return name;
  if (flag.kind === "choice") return `${name} -x -a ${fishWord(flag.choices.join(" "))}`;
  return flag.kind === "text" && flag.completion === "file" ? `${name} -r -F` : `${name} -x`;
}

function complete(condition: string, options: string, description: string): string {
  const what = `-n ${fishWord(condition)} ${options} -d ${fishWord(description)}`;
  return `complete -c ${PROGRAM} ${what}`;
}

/** In fish, a backslash escapes a quote or a backslash within single quotes. */
function fishWord(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
