import { ConfigurationError } from "../../errors.ts";
import type { GivenFlags } from "../read_flags.ts";
import {
  type OutputConfiguration,
  outputsOf,
  type ProcessFacts,
  type StreamConfiguration,
  streamConfiguration,
} from "../stream.ts";
import { givenFlags, isGiven, resolved, withPlace } from "./given_settings.ts";
import { maskedSettings } from "./masked_settings.ts";
import { OUTPUT_FLAGS } from "./schema.ts";
import type { KeyPath, Table, TomlFile } from "./toml_file.ts";

/** One stream of a file. */
export interface NamedStream {
  readonly name: string;
  /** Whether it is started when the configuration is applied. */
  readonly enabled: boolean;
  /** The configuration that the flags of the same names would give. */
  readonly configuration: StreamConfiguration;
  /** All outputs, those of `configuration` first. */
  readonly outputs: readonly OutputConfiguration[];
  /** Differs if any setting differs, secrets included. Must not be shown. */
  readonly fingerprint: string;
  /** Settings as given, with secrets masked. */
  readonly settings: Table;
}

/** Access of a configuration file to its environment. */
export interface FileFacts extends ProcessFacts {
  /** Returns the value of an environment variable. */
  readonly variable: (name: string) => string | undefined;
  /** Returns the text of a file. */
  readonly readText: (path: string) => Promise<string>;
  /** Flags of the command line. Those for logs and HTTP override the file. */
  readonly flags?: GivenFlags;
}

/**
 * Reads one stream of a file.
 *
 * @param table Settings, including the defaults.
 * @throws {ConfigurationError} A setting is missing, not valid or contradictory.
 */
export async function readStream(
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
    // It may come from [defaults].
    const place = isGiven(file, [...at, "key-file"])
      ? [...at, "key-file"]
      : ["defaults", "key-file"];
    return { ...rest, "rtmp-key": await readKey(keyFile, place, file, facts) };
  };
  const stream = await withKey(settings, path);
  const configuration = withPlace(file, path, () => {
    return streamConfiguration(namedGiven(name, stream, facts), facts);
  });
  const more: OutputConfiguration[] = [];
  for (const [index, output] of outputs.entries()) {
    const at = [...path, "outputs", index];
    const { type, ...own } = await withKey(output, at);
    const given = new Map(namedGiven(name, withoutOutputs(stream), facts));
    for (const [key, value] of givenFlags({ ...own, [String(type)]: true })) given.set(key, value);
    more.push(...outputsOf(withPlace(file, at, () => streamConfiguration(given, facts))));
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

/** Returns a stream's flags. A simulated camera without a name gets one that no other stream has. */
function namedGiven(name: string, table: Table, facts: ProcessFacts): GivenFlags {
  const given = new Map(givenFlags(table));
  const hasSource = ["target", "shm-name", "zmq-endpoint"].some((key) => given.has(key));
  if (given.get("input-mode") === "dummy" && !hasSource) {
    given.set("target", `dummy-${facts.processId}-${shortHash(name)}`);
  }
  return given;
}

/** Returns an FNV-1a hash; the name itself could be too long for a target. */
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
