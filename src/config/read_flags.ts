import { ConfigurationError } from "../errors.ts";
import {
  type Flag,
  flagSyntax,
  type FlagValues,
  type IntegerFlag,
  type SwitchFlag,
} from "./flag.ts";

/** The text of each given flag by name: `true` for a flag without a value, a list for a repeatable one. */
export type GivenFlags = ReadonlyMap<string, string | true | readonly string[]>;

type Value = string | number | boolean | readonly string[];

/**
 * Parses the given flags, and fills in the defaults of the others.
 *
 * @throws {ConfigurationError} If a value is not allowed, or a flag that another one requires is missing.
 *
 * @example
 * ```ts
 * import { logFlags } from "./common_flags.ts";
 *
 * readFlags(logFlags, new Map([["log-level", "debug"]]))["log-level"]; // "debug"
 * ```
 */
export function readFlags<const T extends readonly Flag[]>(
  flags: T,
  given: GivenFlags,
): FlagValues<T> {
  const values: Record<string, Value | undefined> = {};
  for (const flag of flags) {
    const text = given.get(flag.name);
    values[flag.name] = text === undefined ? defaultValue(flag) : readValue(flag, text);
  }
  for (const flag of flags) {
    if (given.has(flag.name)) checkRequirement(flag, values);
  }
  return values as FlagValues<T>;
}

function defaultValue(flag: Flag): Value | undefined {
  if (flag.kind === "text" && flag.isRepeatable) return [];
  return flag.kind === "switch" ? false : flag.default;
}

function readValue(flag: Flag, given: string | true | readonly string[]): Value {
  if (flag.kind === "switch") return true;
  const isRepeatable = flag.kind === "text" && flag.isRepeatable;
  const texts = typeof given === "object" ? given : [given];
  if (isRepeatable) return texts.map((text) => String(readText(flag, text)));
  // The last of several values counts.
  return readText(flag, texts.at(-1) ?? "");
}

function readText(flag: Exclude<Flag, SwitchFlag>, text: string | true): string | number {
  if (text === true || text === "") {
    throw new ConfigurationError(`Missing value: expected ${flagSyntax(flag)}`);
  }
  if (flag.kind === "integer") return readInteger(flag, text);
  if (flag.kind === "choice" && !flag.choices.includes(text)) {
    throw new ConfigurationError(
      `Invalid --${flag.name} ${quote(text)}: expected ${list(flag.choices)}`,
    );
  }
  return text;
}

function readInteger(flag: IntegerFlag, text: string): number {
  // Number() alone would accept "1e3", "0x10" and " 5 ", which are most likely mistakes.
  const value = /^-?[0-9]{1,16}$/.test(text) ? Number(text) : NaN;
  if (value >= flag.min && value <= flag.max) return value;
  throw new ConfigurationError(
    `Invalid --${flag.name} ${quote(text)}: expected an integer from ${flag.min} to ${flag.max}`,
  );
}

function checkRequirement(flag: Flag, values: Readonly<Record<string, unknown>>): void {
  const requires = flag.requires;
  if (requires === undefined) return;
  const value = values[requires.flag];
  const isMet = requires.value === undefined
    ? value !== undefined && value !== false
    : value === requires.value;
  if (isMet) return;
  const wanted = [`--${requires.flag}`, requires.value].filter((part) => part !== undefined);
  throw new ConfigurationError(`--${flag.name} needs ${wanted.join(" ")}`);
}

/** Joins words for a sentence: `a, b or c`. */
export function list(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

/** Quotes user input, with control characters escaped and URLs redacted. */
export function quote(text: string): string {
  return JSON.stringify(withoutKeys(text));
}

/** URL schemes that never contain a key or a password. */
const OPEN_SCHEMES = /^(ipc|tcp|inproc|cvmmap)$/i;

/** Redacts the URLs in a text that may contain a key or a password. */
export function withoutKeys(text: string): string {
  return text.replace(
    /([a-z][a-z0-9+.-]*):\/\/\S*/gi,
    (url, scheme) => OPEN_SCHEMES.test(scheme) ? url : `${scheme}://***`,
  );
}
