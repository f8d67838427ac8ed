import type { CommandDefinition } from "../../src/cli/commands.ts";

/** What a coverage table may name. */
export interface Coverable {
  /** The text of a file of the checkout; undefined if there is none. */
  readonly read: (path: string) => string | undefined;
  /** The rows and scenarios of each suite. */
  readonly cases: Readonly<Record<"acceptance" | "fault suite", readonly string[]>>;
  /** The commands, whose flags have defaults. */
  readonly commands: readonly CommandDefinition[];
}

/** What a table says is there, and is not: one line each. */
export function coverageProblems(markdown: string, coverable: Coverable): string[] {
  const problems: string[] = [];
  let command: CommandDefinition | undefined;
  for (const line of markdown.split("\n")) {
    const heading = /^## (?:Flags of `([^`]+)`)?/.exec(line);
    if (heading !== null) command = commandOf(heading[1], coverable, problems);
    const cells = rowOf(line);
    if (cells === undefined) continue;
    const [first = "", second = ""] = cells;
    const last = cells.at(-1) ?? "";
    const found = [...tests(last, coverable), ...cases(last, coverable), ...files(last, coverable)];
    if (found.length === 0 && !last.startsWith("Does not apply: ")) {
      problems.push(`${first}: nothing is named that covers it`);
    }
    for (const { problem } of found) if (problem !== undefined) problems.push(problem);
    if (command !== undefined) problems.push(...wrongDefault(command, first, second));
  }
  return problems;
}

/** Something that is named; `problem` says that it is not there. */
interface Named {
  readonly problem?: string;
}

/** The cells of a table's row; undefined for every other line. */
function rowOf(line: string): string[] | undefined {
  if (!line.startsWith("| ") || /^\|[ |-]+$/.test(line)) return undefined;
  const cells = line.slice(2).split(/ +\|(?: |$)/).slice(0, -1);
  if (cells.at(-1) === "Covered by") return undefined;
  return cells.map((cell) => cell.replaceAll("\\|", "|").trim());
}

function tests(cell: string, { read }: Coverable): Named[] {
  return [...cell.matchAll(/`([^`]+_test\.ts)` › `([^`]+)`/g)].map(([, path = "", name = ""]) => {
    const source = read(path);
    if (source === undefined) return { problem: `${path} is not there` };
    const literals = ['"', "'", "`"].map((quote) => `${quote}${name}${quote}`);
    const declared = literals.some((literal) =>
      new RegExp(`Deno\\.test\\(\\s*${escaped(literal)},`).test(source)
    );
    return declared ? {} : { problem: `${path} has no test ${JSON.stringify(name)}` };
  });
}

function cases(cell: string, coverable: Coverable): Named[] {
  const pattern = /(acceptance|fault suite): `([^`]+)`/g;
  return [...cell.matchAll(pattern)].map(([, suiteText, name = ""]) => {
    const suite = suiteText === "acceptance" ? "acceptance" : "fault suite";
    return coverable.cases[suite].includes(name) ? {} : { problem: `${suite} has no ${name}` };
  });
}

function files(cell: string, { read }: Coverable): Named[] {
  return [...cell.matchAll(/`((?:docs|scripts)\/[^`]+)`/g)].map(([, path = ""]) =>
    read(path) === undefined ? { problem: `${path} is not there` } : {}
  );
}

function commandOf(
  name: string | undefined,
  { commands }: Coverable,
  problems: string[],
): CommandDefinition | undefined {
  if (name === undefined) return undefined;
  const command = commands.find((command) => [command.name, ...command.aliases].includes(name));
  if (command === undefined) problems.push(`There is no command ${name}`);
  return command;
}

/** A default in the table is a code span; anything else says in words that there is none. */
function wrongDefault(command: CommandDefinition, first: string, stated: string): string[] {
  const name = /^`--([a-z-]+)/.exec(first)?.[1];
  const flag = command.flags.find((flag) => flag.name === name);
  if (flag === undefined) return [`${command.name} has no flag ${first}`];
  const actual = flag.kind === "switch" ? undefined : flag.default;
  const wanted = /^`([^`]+)`/.exec(stated)?.[1];
  if (wanted === (actual === undefined ? undefined : `${actual}`)) return [];
  return [`--${flag.name} of ${command.name} has the default ${actual}, not ${stated}`];
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
