import type * as v from "valibot";
import { ConfigurationError } from "../../errors.ts";
import { quote } from "../read_flags.ts";
import { keysAt } from "./schema.ts";
import type { KeyPath, TomlFile } from "./toml_file.ts";

/** Describes a validation error on one line: place, key, value and allowed values. */
export function schemaProblem(file: TomlFile, issue: v.BaseIssue<unknown>): ConfigurationError {
  const path = deepest(issue);
  const where = `${file.where(path)}: ${path.join(".")}`;
  if (issue.type === "strict_object" && issue.expected === "never") {
    const key = String(path.at(-1));
    const nearest = nearestWord(key, keysAt(path.slice(0, -1)));
    const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    return new ConfigurationError(`${where}: unknown key${hint}`);
  }
  return new ConfigurationError(`${where}: ${issue.message}, got ${shown(path, issue.input)}`);
}

function deepest(issue: v.BaseIssue<unknown>): KeyPath {
  return (issue.path ?? []).map(({ key }) => typeof key === "number" ? key : String(key));
}

function shown(path: KeyPath, value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a table";
  // The value may be a secret.
  const isSecret = path.includes("users") || /key|token|url/.test(String(path.at(-1)));
  if (isSecret && value !== "") return `a ${typeof value}`;
  return typeof value === "string" ? quote(value) : String(value);
}

/** Returns the most similar word, if any is similar. */
function nearestWord(word: string, words: readonly string[]): string | undefined {
  const [nearest] = words
    .map((other) => ({ other, distance: editDistance(word, other) }))
    .filter(({ other, distance }) => distance <= Math.max(2, Math.floor(other.length / 4)))
    .sort((a, b) => a.distance - b.distance);
  return nearest?.other;
}

/** Returns the Levenshtein distance: letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = row[j]! + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
