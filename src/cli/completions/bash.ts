import type { Flag } from "../../config/flag.ts";
import {
  type CompletedCommand,
  completedCommands,
  PROGRAM,
  shellWord,
} from "./completed_commands.ts";

/** The completion script for bash. It needs nothing but bash 4.4, not the package bash-completion. */
export function bashCompletions(): string {
  const commands = completedCommands();
  const [stream, ...named] = commands;
  const names = named.map(({ name }) => name).join(" ");
  return `# bash completion for ${PROGRAM}, made by "${PROGRAM} completions bash"
_cvmmap_streamer() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command='' words=''
  COMPREPLY=()
  # Bash takes "--flag=value" apart.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD > 1)); then
    case \${COMP_WORDS[1]} in
${
    named.map((command) => `      ${command.spellings.join(" | ")}) command=${command.name} ;;`)
      .join("\n")
  }
    esac
  fi
  case "$command $previous" in
${
    commands.flatMap((command) => command.flags.map((flag) => valueCase(command, flag))).join("")
  }  esac
  if [[ $current != -* ]] && ((COMP_CWORD == 1)); then
    words=${shellWord(names)}
${named.map(operandCase).join("")}  elif [[ -z $words ]]; then
    case $command in
${named.map(flagsCase).join("\n")}
      *) words=${shellWord(flagWords(stream))} ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _cvmmap_streamer ${PROGRAM}
`;
}

/** What may follow the flag. A flag whose value cannot be guessed must not be followed by another flag. */
function valueCase({ name }: CompletedCommand, flag: Flag): string {
  if (flag.kind === "switch") return "";
  const pattern = `    ${shellWord(`${name} --${flag.name}`)})`;
  if (flag.kind === "choice") {
    return `${pattern} words=${shellWord(flag.choices.join(" "))} ;;\n`;
  }
  if (flag.kind === "text" && flag.completion === "file") {
    return `${pattern}
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;\n`;
  }
  return `${pattern} return ;;\n`;
}

function operandCase({ name, operand }: CompletedCommand): string {
  if (operand === undefined) return "";
  const { choices } = operand;
  const offer = choices === undefined
    ? `compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current")`
    : `words=${shellWord(choices.join(" "))}`;
  return `  elif [[ $current != -* && $command == ${name} ]]; then
    ((COMP_CWORD == 2)) && { ${offer}; }\n`;
}

function flagsCase(command: CompletedCommand): string {
  return `      ${command.name}) words=${shellWord(flagWords(command))} ;;`;
}

function flagWords(command: CompletedCommand | undefined): string {
  return (command?.flags ?? []).map(({ name }) => `--${name}`).join(" ");
}
