import * as v from "valibot";
import { ConfigurationError } from "../../errors.ts";
import { type LogConfiguration, logConfiguration, logFlags } from "../common_flags.ts";
import type { Flag } from "../flag.ts";
import { type HttpConfiguration, httpConfiguration } from "../http.ts";
import { httpFlags } from "../http_flags.ts";
import { type RtspConfiguration, rtspConfiguration } from "../rtsp.ts";
import { rtspFlags } from "../rtsp_flags.ts";
import { type GivenFlags, readFlags } from "../read_flags.ts";
import { givenFlags, placed, resolved, withPlace } from "./given_settings.ts";
import { type FileFacts, type NamedStream, readStream } from "./named_stream.ts";
import { FILE_SCHEMA, HTTP_KEYS, RESERVED_NAMES, RTSP_KEYS } from "./schema.ts";
import { schemaProblem } from "./schema_problem.ts";
import { refuseSharedOutputs } from "./shared_outputs.ts";
import { readTomlFile, type Table, type TomlFile } from "./toml_file.ts";
import { withVariables } from "./variables.ts";

/** Contents of a configuration file. */
export interface FleetConfiguration {
  readonly log: LogConfiguration;
  readonly http: HttpConfiguration | undefined;
  readonly rtsp: RtspConfiguration | undefined;
  /** At least one, in the order of the file. */
  readonly streams: readonly NamedStream[];
  /** The file, the files that it extends, and the key files. */
  readonly paths: readonly string[];
  /** Returns an error about the files of a server with its place in this file. */
  readonly placed: (server: "http" | "rtsp", error: unknown) => unknown;
}

/**
 * Reads the configuration file of `serve`.
 *
 * @throws {ConfigurationError} The message has the file, the line if known, the key, the value and the allowed values.
 */
export async function readFleetConfiguration(
  path: string,
  facts: FileFacts,
): Promise<FleetConfiguration> {
  const paths: string[] = [];
  const readText = (name: string): Promise<string> => {
    paths.push(name);
    return facts.readText(name);
  };
  const file = await readTomlFile(path, readText);
  const root = withVariables(file, facts.variable);
  const parsed = v.safeParse(FILE_SCHEMA, root);
  if (!parsed.success) throw schemaProblem(file, parsed.issues[0]);
  const { defaults = {}, streams = {}, http, rtsp } = root as {
    readonly defaults?: Table;
    readonly streams?: Readonly<Record<string, Table>>;
    readonly http?: Table;
    readonly rtsp?: Table;
  };
  for (const name of RESERVED_NAMES) {
    if (!Object.hasOwn(streams, name)) continue;
    const where = file.where(["streams", name]);
    throw new ConfigurationError(`${where}: streams.${name}: this name is reserved: use another`);
  }
  const named: NamedStream[] = [];
  for (const [name, own] of Object.entries(streams)) {
    named.push(await readStream(name, { ...defaults, ...own }, file, { ...facts, readText }));
  }
  if (named.length === 0) {
    throw new ConfigurationError(
      `${path}: there is no stream: expected at least one [streams.NAME]`,
    );
  }
  refuseSharedOutputs(named, file);
  const httpRead = readHttp(http, file, flagsOf(facts, httpFlags));
  return {
    log: logConfiguration(readFlags(
      logFlags,
      new Map([...givenFlags(root, namesOf(logFlags)), ...flagsOf(facts, logFlags)]),
    )),
    http: httpRead,
    rtsp: readRtsp(rtsp, file, flagsOf(facts, rtspFlags), httpRead),
    streams: named,
    paths: [...new Set(paths)],
    placed: (server, error) =>
      (root as Table)[server] === undefined ? error : placed(file, [server], error),
  };
}

function namesOf(flags: readonly Flag[]): string[] {
  return flags.map(({ name }) => name);
}

/** Returns the given flags that are in a table. */
function flagsOf({ flags = new Map() }: FileFacts, table: readonly Flag[]): GivenFlags {
  return new Map([...flags].filter(([name]) => namesOf(table).includes(name)));
}

function readHttp(
  table: Table | undefined,
  file: TomlFile,
  flags: GivenFlags,
): HttpConfiguration | undefined {
  if (table === undefined) return httpConfiguration(flags);
  const given = serverFlags("http", HTTP_KEYS, table, file, flags);
  return withPlace(file, ["http"], () => httpConfiguration(given) ?? missingAddress());
}

function readRtsp(
  table: Table | undefined,
  file: TomlFile,
  flags: GivenFlags,
  http: HttpConfiguration | undefined,
): RtspConfiguration | undefined {
  if (table === undefined) return rtspConfiguration(flags, http);
  const { users = {} } = table as { readonly users?: Readonly<Record<string, string>> };
  const given = serverFlags("rtsp", RTSP_KEYS, table, file, flags);
  return withPlace(file, ["rtsp"], () => rtspConfiguration(given, http, users) ?? missingAddress());
}

/** Returns the settings of a server as flags. Those of the command line override them. */
function serverFlags(
  server: string,
  keys: ReadonlyMap<string, Flag>,
  table: Table,
  file: TomlFile,
  flags: GivenFlags,
): GivenFlags {
  const given = new Map<string, string | true | readonly string[]>();
  for (const [key, flag] of keys) {
    const value = table[key];
    if (value === undefined || value === false) continue;
    const isPath = flag.kind === "text" && "completion" in flag;
    const text = String(value);
    given.set(
      flag.name,
      value === true ? true : isPath ? resolved(text, file.directoryOf([server, key])) : text,
    );
  }
  for (const [name, value] of flags) given.set(name, value);
  return given;
}

function missingAddress(): never {
  throw new ConfigurationError("address is missing: expected ADDRESS:PORT");
}
