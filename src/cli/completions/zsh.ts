import type { Flag } from "../../config/flag.ts";
import {
  type CompletedCommand,
  completedCommands,
  PROGRAM,
  shellWord,
} from "./completed_commands.ts";

/** The completion function for zsh: a file `_cvmmap-streamer` in a directory of `$fpath`, or to be sourced. */
export function zshCompletions(): string {
  const [stream, ...named] = completedCommands();
  const descriptions = named.map(({ name, description }) =>
    `    ${shellWord(`${name}:${description.replaceAll(":", "\\:")}`)}\n`
  );
  return `#compdef ${PROGRAM}
# zsh completion for ${PROGRAM}, made by "${PROGRAM} completions zsh"
_${PROGRAM}() {
  local -a commands=(
${descriptions.join("")}  )
  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    _describe -t commands command commands
    return
  fi
  case $words[2] in
${
    named.map((command) =>
      `    ${command.spellings.join(" | ")})
      shift words
      ((CURRENT--))
      ${argumentsOf(command)}
      ;;\n`
    ).join("")
  }    *)
      ${stream === undefined ? "" : argumentsOf(stream)}
      ;;
  esac
}
if [[ $funcstack[1] == _${PROGRAM} ]]; then
  _${PROGRAM} "$@"
else
  compdef _${PROGRAM} ${PROGRAM}
fi
`;
}

function argumentsOf({ operand, flags }: CompletedCommand): string {
  const specifications = flags.map(specification);
  if (operand !== undefined) {
    const offer = operand.choices === undefined ? "_files" : `(${operand.choices.join(" ")})`;
    specifications.unshift(`1:${operand.name}:${offer}`);
  }
  return ["_arguments", ...specifications.map(shellWord)].join(" \\\n        ");
}

/** As zshcompsys(1) says under \`_arguments\`: \`--flag=[description]:what the value is:action\`. */
function specification(flag: Flag): string {
  const description = `[${escaped(flag.description)}]`;
  if (flag.kind === "switch") return `--${flag.name}${description}`;
  const action = flag.kind === "choice"
    ? `(${flag.choices.join(" ")})`
    : flag.kind === "text" && flag.completion === "file"
    ? "_files"
    : " ";
  const value = flag.placeholder ?? flag.name;
  // Without the star, a flag that was given is not offered again.
  const repeated = flag.kind === "text" && flag.isRepeatable ? "*" : "";
  return `${repeated}--${flag.name}=${description}:${escaped(value)}:${action}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, "\\$&");
}
