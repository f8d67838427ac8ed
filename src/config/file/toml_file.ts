import { dirname, isAbsolute, join } from "node:path/posix";
import { parse, TomlError } from "smol-toml";
import { ConfigurationError } from "../../errors.ts";
import { findKeyLine } from "./key_line.ts";

/** A table of a configuration file. */
export type Table = Readonly<Record<string, unknown>>;

/** Keys from the root of a file to a value, with indexes for array elements. */
export type KeyPath = readonly (string | number)[];

/** A configuration file, merged with the files that it extends. */
export interface TomlFile {
  /** The root table. */
  readonly root: Table;
  /** Returns the place of a value, for example `rig.toml:12`; for a missing value, that of its table or file. */
  where(path: KeyPath): string;
  /** Returns the directory of the file that contains a value, to which relative paths refer. */
  directoryOf(path: KeyPath): string;
}

/** Origin of a value. */
interface Origin {
  readonly file: string;
  readonly text: string;
}

/**
 * Reads a TOML file and the files in its `extends`. Tables are merged. All other values, including arrays, are replaced
 * by those of later files in the list, and by those of the extending file.
 *
 * @param read Returns the text of a file.
 * @throws {ConfigurationError} A file cannot be read, is not TOML, or extends itself.
 */
export async function readTomlFile(
  path: string,
  read: (path: string) => Promise<string> = Deno.readTextFile,
): Promise<TomlFile> {
  const origins = new Map<string, Origin>();
  const root = await load(path, [], read, origins);
  const originOf = (keys: KeyPath): Origin | undefined => {
    for (let length = keys.length; length > 0; length--) {
      const origin = origins.get(keyOf(keys.slice(0, length)));
      if (origin !== undefined) return origin;
    }
    return undefined;
  };
  return {
    root,
    where(keys): string {
      const origin = originOf(keys);
      if (origin === undefined) return path;
      const line = findKeyLine(origin.text, keys);
      return line === undefined ? origin.file : `${origin.file}:${line}`;
    },
    directoryOf: (keys) => dirname(originOf(keys)?.file ?? path),
  };
}

async function load(
  path: string,
  extending: readonly string[],
  read: (path: string) => Promise<string>,
  origins: Map<string, Origin>,
): Promise<Table> {
  if (extending.includes(path)) {
    throw new ConfigurationError(
      `${path} extends itself: ${[...extending, path].join(" -> ")}`,
    );
  }
  const text = await readText(path, extending.at(-1), read);
  const { extends: bases, ...own } = parseToml(path, text);
  let merged: Table = {};
  for (const base of baseNames(path, bases)) {
    const basePath = isAbsolute(base) ? base : join(dirname(path), base);
    merged = merge(merged, await load(basePath, [...extending, path], read, origins));
  }
  markOrigins(own, [], { file: path, text }, origins);
  return merge(merged, own);
}

async function readText(
  path: string,
  extendedBy: string | undefined,
  read: (path: string) => Promise<string>,
): Promise<string> {
  try {
    return await read(path);
  } catch (error) {
    const by = extendedBy === undefined ? "" : `, which ${extendedBy} extends`;
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new ConfigurationError(`Cannot read ${path}${by}: ${reason}`);
  }
}

function parseToml(path: string, text: string): Table {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    throw new ConfigurationError(
      `${path}:${error.line}:${error.column}: not valid TOML: ${reason}`,
    );
  }
}

function baseNames(path: string, bases: unknown): string[] {
  const names = bases === undefined ? [] : typeof bases === "string" ? [bases] : bases;
  if (Array.isArray(names) && names.every((name) => typeof name === "string" && name !== "")) {
    return names;
  }
  throw new ConfigurationError(`${path}: extends: expected a list of files, like ["base.toml"]`);
}

function merge(base: Table, over: Table): Table {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = result[key];
    result[key] = isTable(before) && isTable(value) ? merge(before, value) : value;
  }
  return result;
}

/** Records the origin of every value and table. Values of later files override it. */
function markOrigins(
  value: unknown,
  path: KeyPath,
  origin: Origin,
  origins: Map<string, Origin>,
): void {
  if (path.length > 0) origins.set(keyOf(path), origin);
  const entries = Array.isArray(value)
    ? value.entries()
    : isTable(value)
    ? Object.entries(value)
    : [];
  for (const [key, inner] of entries) markOrigins(inner, [...path, key], origin, origins);
}

function keyOf(path: KeyPath): string {
  return path.join("\0");
}

/** Returns whether a value is a table, not an array or a date. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}
