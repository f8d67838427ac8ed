import { bashCompletions } from "../../src/cli/completions/bash.ts";
import { fishCompletions } from "../../src/cli/completions/fish.ts";
import { zshCompletions } from "../../src/cli/completions/zsh.ts";

/** Result of pressing TAB at the end of a line. */
export interface Completion {
  /** Line after the completion. */
  readonly line: string;
  /** Lines that the shell listed. */
  readonly shown: readonly string[];
}

const BASHRC = `
PS1='<ready>'
source "$HOME/cvmmap-streamer"
bind -x '"\\C-xp": printf "<line:%s>\\n" "$READLINE_LINE"'
`;

const INPUTRC = `
set show-all-if-ambiguous on
set completion-query-items 0
set page-completions off
set enable-bracketed-paste off
`;

// Like the installed file: in a directory of fpath, recognized by its first line.
const ZSHRC = `
PS1='<ready>'
LISTMAX=10000
unsetopt prompt_sp prompt_cr list_ambiguous
fpath=($HOME $fpath)
autoload -Uz compinit
compinit -u -D
zstyle ':completion:*' verbose no
show-line() { print -r -- "<line:$BUFFER>" }
zle -N show-line
bindkey '^Xp' show-line
`;

/** Presses TAB at the end of each line, in a real shell on a pseudoterminal. */
export async function complete(
  shell: "bash" | "zsh",
  lines: readonly string[],
  directory: string,
): Promise<Completion[]> {
  const files = {
    ".bashrc": BASHRC,
    ".inputrc": INPUTRC,
    ".zshrc": ZSHRC,
    "cvmmap-streamer": bashCompletions(),
    "_cvmmap-streamer": zshCompletions(),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${directory}/${name}`, text);
  }
  const script = new URL("type_in_shell.py", import.meta.url).pathname;
  const output = await run("python3", [script, shell, directory], lines.join("\n"));
  return output.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** Returns the completions that fish offers at the end of each line, without descriptions. */
export async function fishOffers(lines: readonly string[], directory: string): Promise<string[][]> {
  await Deno.writeTextFile(`${directory}/cvmmap-streamer.fish`, fishCompletions());
  const ask = lines.map((line) => `complete -C '${line}'; echo;`).join("\n");
  const output = await run("fish", [
    "--no-config",
    "-c",
    `source ${directory}/cvmmap-streamer.fish\n${ask}`,
  ]);
  return output.split("\n\n").slice(0, lines.length).map((answer) =>
    answer.split("\n").filter((line) => line !== "").map((line) => line.split("\t", 1)[0] ?? "")
  );
}

/** Runs a program and returns its stdout. Fails if it exits with an error or writes to stderr. */
export async function run(
  command: string,
  args: readonly string[],
  input = "",
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code !== 0 || error !== "") {
    throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${error}${out}`);
  }
  return out ?? "";
}
