import { isAbsolute, join } from "node:path/posix";
import { ConfigurationError, StreamerError } from "../../errors.ts";
import type { GivenFlags } from "../read_flags.ts";
import { isTable, type KeyPath, type Table, type TomlFile } from "./toml_file.ts";

/** Returns settings as the flags of the same names. */
export function givenFlags(
  table: Table,
  names: readonly string[] = Object.keys(table),
): GivenFlags {
  const given = new Map<string, string | true | readonly string[]>();
  for (const name of names) {
    const value = table[name];
    if (value === undefined) continue;
    if (value === true) given.set(name, true);
    else if (value === false) { if (name === "rtmp-reconnect") given.set(`no-${name}`, true); }
    else given.set(name, Array.isArray(value) ? value.map(String) : String(value));
  }
  return given;
}

/** Resolves a path against a directory. */
export function resolved(path: string, directory: string): string {
  return isAbsolute(path) ? path : join(directory, path);
}

/** Returns whether a file contains a value. */
export function isGiven({ root }: TomlFile, path: KeyPath): boolean {
  let value: unknown = root;
  for (const key of path) {
    value = Array.isArray(value) ? value[Number(key)] : isTable(value) ? value[key] : undefined;
  }
  return value !== undefined;
}

/**
 * Adds the place in the file to errors, and replaces the names of flags in their messages by those of the keys.
 *
 * @param path The table that `read` looks at.
 */
export function withPlace<T>(file: TomlFile, path: KeyPath, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw placed(file, path, error);
  }
}

/**
 * Returns an error with its place in the file, and the names of flags replaced by those of the keys.
 *
 * @param path The table that it is about.
 */
export function placed(file: TomlFile, path: KeyPath, error: unknown): unknown {
  if (!(error instanceof StreamerError)) return error;
  const [top] = path;
  const message = top === "http" || top === "rtsp"
    ? withServerKeys(error.message, top)
    : error.message.replace(/--([a-z])/g, "$1");
  const words = message.match(/[a-z]+(?:-[a-z]+)*/g) ?? [];
  const key = words.find((word) => isGiven(file, [...path, word]));
  const place = key === undefined ? path : [...path, key];
  return new ConfigurationError(`${file.where(place)}: ${path.join(".")}: ${message}`);
}

/** Replaces the flags of a server by its keys, and those of the other one by their places. */
function withServerKeys(message: string, server: "http" | "rtsp"): string {
  return message
    .replaceAll(new RegExp(`--${server}-([a-z])`, "g"), "$1")
    .replaceAll(new RegExp(`--${server}\\b`, "g"), "address")
    .replaceAll(/--(http|rtsp)-([a-z])/g, "$1.$2")
    .replaceAll(/--(http|rtsp)\b/g, "[$1]");
}
