import type { CommandDefinition } from "../../src/cli/commands.ts";

/** What the tables of coverage may refer to. */
export interface Coverable {
  /** Returns the text of a file of the checkout, or undefined if it does not exist. */
  readonly read: (path: string) => string | undefined;
  /** Rows and scenarios of each suite. */
  readonly cases: Readonly<Record<"acceptance" | "fault suite", readonly string[]>>;
  /** Commands, for the defaults of their flags. */
  readonly commands: readonly CommandDefinition[];
}

/**
 * Returns the errors in the tables, one line each: references to missing tests, cases or files, and
 * wrong defaults.
 */
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
      problems.push(`${first}: no test is named that covers it`);
    }
    for (const { problem } of found) if (problem !== undefined) problems.push(problem);
    if (command !== undefined) problems.push(...wrongDefault(command, first, second));
  }
  return problems;
}

/** A reference; `problem` is set if its target does not exist. */
interface Reference {
  readonly problem?: string;
}

/** Returns the cells of a table row, or undefined for any other line. */
function rowOf(line: string): string[] | undefined {
  if (!line.startsWith("| ") || /^\|[ |-]+$/.test(line)) return undefined;
  const cells = line.slice(2).split(/ +\|(?: |$)/).slice(0, -1);
  if (cells.at(-1) === "Covered by") return undefined;
  return cells.map((cell) => cell.replaceAll("\\|", "|").trim());
}

function tests(cell: string, { read }: Coverable): Reference[] {
  return [...cell.matchAll(/`([^`]+_test\.ts)` › `([^`]+)`/g)].map(([, path = "", name = ""]) => {
    const source = read(path);
    if (source === undefined) return { problem: `${path} does not exist` };
    const literals = ['"', "'", "`"].map((quote) => `${quote}${name}${quote}`);
    const declared = literals.some((literal) =>
      new RegExp(`Deno\\.test\\(\\s*${escaped(literal)},`).test(source)
    );
    return declared ? {} : { problem: `${path} has no test ${JSON.stringify(name)}` };
  });
}

function cases(cell: string, coverable: Coverable): Reference[] {
  const pattern = /(acceptance|fault suite): `([^`]+)`/g;
  return [...cell.matchAll(pattern)].map(([, suiteText, name = ""]) => {
    const suite = suiteText === "acceptance" ? "acceptance" : "fault suite";
    return coverable.cases[suite].includes(name) ? {} : { problem: `${suite} has no ${name}` };
  });
}

function files(cell: string, { read }: Coverable): Reference[] {
  return [...cell.matchAll(/`((?:docs|scripts)\/[^`]+)`/g)].map(([, path = ""]) =>
    read(path) === undefined ? { problem: `${path} does not exist` } : {}
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

/**
 * Compares a default in the table with the flag. A default is a code span; other text means that
 * there is no default.
 */
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
