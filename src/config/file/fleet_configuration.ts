import { isAbsolute, join } from "node:path/posix";
import * as v from "valibot";
import { ConfigurationError, StreamerError } from "../../errors.ts";
import { maskedUrl, parseRtmpUrl, tcUrlOf } from "../../rtmp/url.ts";
import { type HttpConfiguration, httpConfiguration } from "../http.ts";
import { type LogConfiguration, logConfiguration, logFlags } from "../common_flags.ts";
import type { Flag } from "../flag.ts";
import { httpFlags } from "../http_flags.ts";
import { type GivenFlags, readFlags } from "../read_flags.ts";
import {
  type OutputConfiguration,
  outputsOf,
  type ProcessFacts,
  type StreamConfiguration,
  streamConfiguration,
} from "../stream.ts";
import { maskedSettings } from "./masked_settings.ts";
import { FILE_SCHEMA, HTTP_KEYS, OUTPUT_FLAGS, RESERVED_NAMES } from "./schema.ts";
import { schemaProblem } from "./schema_problem.ts";
import { isTable, type KeyPath, readTomlFile, type Table, type TomlFile } from "./toml_file.ts";
import { withVariables } from "./variables.ts";

/** One stream of a file. */
export interface NamedStream {
  readonly name: string;
  /** Whether it starts by itself. */
  readonly enabled: boolean;
  /** What the flags of the same names would say. */
  readonly configuration: StreamConfiguration;
  /** All outputs, those of `configuration` first. */
  readonly outputs: readonly OutputConfiguration[];
  /** Differs whenever a setting differs, secrets included. It must not be shown. */
  readonly fingerprint: string;
  /** Settings as given, with secrets masked. */
  readonly settings: Table;
}

/** A whole configuration file. */
export interface FleetConfiguration {
  readonly log: LogConfiguration;
  readonly http: HttpConfiguration | undefined;
  /** At least one, in the order of the file. */
  readonly streams: readonly NamedStream[];
  /** All files that it is made of. */
  readonly paths: readonly string[];
}

/** What a configuration file may ask of the machine. */
export interface FileFacts extends ProcessFacts {
  /** Returns an environment variable. */
  readonly variable: (name: string) => string | undefined;
  /** Returns the text of a file. */
  readonly readText: (path: string) => Promise<string>;
  /** Flags of the command line: those of logs and HTTP override the file. */
  readonly flags?: GivenFlags;
}

/**
 * Reads the configuration file of `serve`.
 *
 * @throws {ConfigurationError} The message names file, line where it is known, key, value, and what is allowed.
 */
export async function readFleetConfiguration(
  path: string,
  facts: FileFacts,
): Promise<FleetConfiguration> {
  const file = await readTomlFile(path, facts.readText);
  const root = withVariables(file, facts.variable);
  const parsed = v.safeParse(FILE_SCHEMA, root);
  if (!parsed.success) throw schemaProblem(file, parsed.issues[0]);
  const { defaults = {}, streams = {}, http } = root as {
    readonly defaults?: Table;
    readonly streams?: Readonly<Record<string, Table>>;
    readonly http?: Table;
  };
  for (const name of RESERVED_NAMES) {
    if (!Object.hasOwn(streams, name)) continue;
    const where = file.where(["streams", name]);
    throw new ConfigurationError(`${where}: streams.${name}: this name is reserved: use another`);
  }
  const named: NamedStream[] = [];
  for (const [name, own] of Object.entries(streams)) {
    named.push(await readStream(name, { ...defaults, ...own }, file, facts));
  }
  if (named.length === 0) {
    throw new ConfigurationError(
      `${path}: there is no stream: expected at least one [streams.NAME]`,
    );
  }
  refuseSharedOutputs(named, file);
  return {
    log: logConfiguration(readFlags(
      logFlags,
      new Map([...givenFlags(root, namesOf(logFlags)), ...flagsOf(facts, logFlags)]),
    )),
    http: readHttp(http, file, flagsOf(facts, httpFlags)),
    streams: named,
    paths: file.paths,
  };
}

async function readStream(
  name: string,
  table: Table,
  file: TomlFile,
  facts: FileFacts,
): Promise<NamedStream> {
  const path: KeyPath = ["streams", name];
  const { outputs = [], enabled = true, ...settings } = table as Table & {
    readonly outputs?: readonly Table[];
    readonly enabled?: boolean;
  };
  const withKey = async (some: Table, at: KeyPath): Promise<Table> => {
    const { "key-file": keyFile, ...rest } = some;
    if (typeof keyFile !== "string") return rest;
    if (rest["rtmp-key"] !== undefined) {
      throw new ConfigurationError(
        `${file.where(at)}: ${at.join(".")}: key-file and rtmp-key exclude each other`,
      );
    }
    // A default has its own place.
    const place = isGiven(file, [...at, "key-file"])
      ? [...at, "key-file"]
      : ["defaults", "key-file"];
    return { ...rest, "rtmp-key": await readKey(keyFile, place, file, facts) };
  };
  const stream = await withKey(settings, path);
  const configuration = reworded(file, path, () => {
    return streamConfiguration(namedGiven(name, stream, facts), facts);
  });
  const more: OutputConfiguration[] = [];
  for (const [index, output] of outputs.entries()) {
    const at = [...path, "outputs", index];
    const { type, ...own } = await withKey(output, at);
    const given = new Map(namedGiven(name, withoutOutputs(stream), facts));
    for (const [key, value] of givenFlags({ ...own, [String(type)]: true })) given.set(key, value);
    more.push(...outputsOf(reworded(file, at, () => streamConfiguration(given, facts))));
  }
  return {
    name,
    enabled,
    configuration,
    outputs: [...outputsOf(configuration), ...more],
    fingerprint: JSON.stringify([enabled, configuration, more]),
    settings: maskedSettings(table),
  };
}

/** Dummy sources that have no name get one that no other stream has. */
function namedGiven(name: string, table: Table, facts: ProcessFacts): GivenFlags {
  const given = new Map(givenFlags(table));
  const hasSource = ["target", "shm-name", "zmq-endpoint"].some((key) => given.has(key));
  if (given.get("input-mode") === "dummy" && !hasSource) {
    given.set("target", `dummy-${facts.processId}-${shortHash(name)}`);
  }
  return given;
}

/** FNV-1a: the name itself could be too long for a target. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(36);
}

function withoutOutputs(table: Table): Table {
  const names = new Set(
    Object.entries(OUTPUT_FLAGS).flatMap(([kind, flags]) => {
      return [kind, ...flags.map(({ name }) => name)];
    }),
  );
  return Object.fromEntries(Object.entries(table).filter(([key]) => !names.has(key)));
}

/** Settings as the flags that they stand for. */
function givenFlags(table: Table, names: readonly string[] = Object.keys(table)): GivenFlags {
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

function namesOf(flags: readonly Flag[]): string[] {
  return flags.map(({ name }) => name);
}

/** Those of the given flags that are in a table. */
function flagsOf({ flags = new Map() }: FileFacts, table: readonly Flag[]): GivenFlags {
  return new Map([...flags].filter(([name]) => namesOf(table).includes(name)));
}

function readHttp(
  table: Table | undefined,
  file: TomlFile,
  flags: GivenFlags,
): HttpConfiguration | undefined {
  if (table === undefined) return httpConfiguration(flags);
  const given = new Map<string, string | true | readonly string[]>();
  for (const [key, flag] of HTTP_KEYS) {
    const value = table[key];
    if (value === undefined || value === false) continue;
    const isPath = flag.kind === "text" && "completion" in flag;
    const text = String(value);
    given.set(
      flag.name,
      value === true ? true : isPath ? resolved(text, file.directoryOf(["http", key])) : text,
    );
  }
  for (const [name, value] of flags) given.set(name, value);
  return reworded(file, ["http"], () => {
    const http = httpConfiguration(given);
    if (http !== undefined) return http;
    throw new ConfigurationError("address is missing: expected ADDRESS:PORT");
  });
}

async function readKey(
  keyFile: string,
  place: KeyPath,
  file: TomlFile,
  { readText }: FileFacts,
): Promise<string> {
  const fail = (reason: string): never => {
    throw new ConfigurationError(`${file.where(place)}: ${place.join(".")}: ${reason}`);
  };
  const path = resolved(keyFile, file.directoryOf(place));
  let key: string;
  try {
    key = (await readText(path)).trim();
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound ? "there is no such file" : String(error);
    return fail(`cannot read ${path}: ${why}`);
  }
  return key === "" ? fail(`${path} is empty: expected the stream key`) : key;
}

function resolved(path: string, directory: string): string {
  return isAbsolute(path) ? path : join(directory, path);
}

function isGiven({ root }: TomlFile, path: KeyPath): boolean {
  let value: unknown = root;
  for (const key of path) {
    value = Array.isArray(value) ? value[Number(key)] : isTable(value) ? value[key] : undefined;
  }
  return value !== undefined;
}

/** Adds where the mistake is, and turns names of flags into keys. */
function reworded<T>(file: TomlFile, path: KeyPath, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StreamerError)) throw error;
    const isHttp = path[0] === "http";
    const message = isHttp
      ? error.message.replace(/--http-([a-z])/g, "$1").replace(/--http\b/g, "address")
      : error.message.replace(/--([a-z])/g, "$1");
    const words = message.match(/[a-z]+(?:-[a-z]+)*/g) ?? [];
    const key = words.find((word) => isGiven(file, [...path, word]));
    const place = key === undefined ? path : [...path, key];
    throw new ConfigurationError(`${file.where(place)}: ${path.join(".")}: ${message}`);
  }
}

/** Two streams to one receiver, file or key of a server would be a mix that no one can decode. */
function refuseSharedOutputs(streams: readonly NamedStream[], file: TomlFile): void {
  const users = new Map<string, string>();
  for (const { name, outputs } of streams) {
    for (const { id, shown } of outputs.flatMap(placesOf)) {
      const other = users.get(id);
      users.set(id, name);
      if (other === undefined) continue;
      throw new ConfigurationError(
        `${file.where(["streams", name])}: streams.${name}: ${shown} is in use by ${
          other === name ? "another output of it" : `streams.${other}`
        }`,
      );
    }
  }
}

/** Where an output sends: for comparing, and for people. */
function placesOf(
  output: OutputConfiguration,
): { readonly id: string; readonly shown: string }[] {
  if (output.kind === "rtmp") {
    const { url, key } = output.options;
    const parsed = parseRtmpUrl(url, key);
    return [{ id: `${tcUrlOf(parsed)} ${parsed.key}`, shown: maskedUrl(parsed) }];
  }
  return output.options.receivers.flatMap(({ endpoint, sdpPath }) => [
    { id: `rtp ${endpoint}`, shown: `the receiver ${endpoint}` },
    ...(sdpPath === undefined ? [] : [{ id: `file ${sdpPath}`, shown: `the file ${sdpPath}` }]),
  ]);
}
