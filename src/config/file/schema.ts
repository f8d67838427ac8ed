import * as v from "valibot";
import type { Flag } from "../flag.ts";
import { httpFlags } from "../http_flags.ts";
import { rtspFlags } from "../rtsp_flags.ts";
import { logFlags } from "../common_flags.ts";
import { outputFlags } from "../output_flags.ts";
import { RTMP_OUTPUT } from "../../rtmp/options.ts";
import { RTP_OUTPUT } from "../../rtp/options.ts";
import { streamFlags } from "../stream_flags.ts";
import { list } from "../read_flags.ts";

/** Schema of a setting. */
type Setting = v.GenericSchema<unknown, string | number | boolean | readonly string[]>;

/** Flags that are allowed in `outputs`, by the kind of output. */
export const OUTPUT_FLAGS: Readonly<Record<"rtp" | "rtmp", readonly Flag[]>> = {
  rtp: outputFlags(RTP_OUTPUT).filter(({ name }) => name !== RTP_OUTPUT.flag),
  rtmp: outputFlags(RTMP_OUTPUT).filter(({ name }) => name !== RTMP_OUTPUT.flag),
};

/** Flags of the process, which no stream has. */
export const PROCESS_FLAGS: readonly string[] = [...httpFlags, ...rtspFlags, ...logFlags]
  .map(({ name }) => name);

/** Flags that are allowed in the table of a stream: all except those of the process. */
export const STREAM_KEYS: readonly Flag[] = streamFlags.filter(({ name }) =>
  !PROCESS_FLAGS.includes(name)
);

/** Prefix of flags that turn something off: `rtmp-reconnect = false` stands for `--no-rtmp-reconnect`. */
const NEGATION = "no-";

/** Flags by their keys in `[http]`. */
export const HTTP_KEYS: ReadonlyMap<string, Flag> = serverKeys("http", httpFlags);

/** Flags by their keys in `[rtsp]`, which also has `users`. */
export const RTSP_KEYS: ReadonlyMap<string, Flag> = serverKeys("rtsp", rtspFlags);

/** Names that a record of valibot does not validate. */
export const RESERVED_NAMES: readonly string[] = ["__proto__", "constructor", "prototype"];

const NAME = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
    "expected a name of letters, digits, _, - and ., at most 63 of them",
  ),
);

const KEY_FILE = text("expected the path of a file with the stream key");

/** Users of the RTSP server: `NAME = "PASSWORD"`. */
const USERS = v.pipe(
  v.record(
    v.pipe(v.string(), v.regex(/^[^:]+$/, "expected a name without colon")),
    text('expected USER = "PASSWORD"'),
    "expected a table of users",
  ),
  // Without a user, everyone on the machine could watch.
  v.check((users) => Object.keys(users).length > 0, "expected at least one user"),
);

const OUTPUT = v.variant(
  "type",
  [
    v.strictObject({ type: v.literal("rtp"), ...settings(OUTPUT_FLAGS.rtp) }),
    v.strictObject({
      "type": v.literal("rtmp"),
      ...settings(OUTPUT_FLAGS.rtmp),
      "key-file": v.optional(KEY_FILE),
    }),
  ],
  'expected type = "rtp" or type = "rtmp"',
);

const STREAM_ENTRIES = {
  ...settings(STREAM_KEYS),
  "key-file": v.optional(KEY_FILE),
  "enabled": v.optional(v.boolean("expected true or false")),
  "outputs": v.optional(v.array(OUTPUT, "expected [[streams.NAME.outputs]] tables")),
};

/** Schema of a stream. */
const STREAM = v.strictObject(STREAM_ENTRIES, "expected a table");

/** Schema of a configuration file. */
export const FILE_SCHEMA = v.strictObject({
  ...settings(logFlags),
  http: v.optional(v.strictObject(keySettings(HTTP_KEYS), "expected a table")),
  rtsp: v.optional(
    v.strictObject({ ...keySettings(RTSP_KEYS), users: v.optional(USERS) }, "expected a table"),
  ),
  defaults: v.optional(STREAM),
  streams: v.optional(v.record(NAME, STREAM, "expected [streams.NAME] tables")),
});

/** Returns the keys that are allowed in a table, to suggest the right one. */
export function keysAt(path: readonly (string | number)[]): readonly string[] {
  const [top, ...rest] = path;
  if (top === undefined) return Object.keys(FILE_SCHEMA.entries);
  if (top === "http") return [...HTTP_KEYS.keys()];
  if (top === "rtsp") return [...RTSP_KEYS.keys(), "users"];
  const inStream = top === "defaults" ? rest : rest.slice(1);
  if (inStream[0] === "outputs") {
    return ["type", "key-file", ...Object.values(OUTPUT_FLAGS).flat().map(({ name }) => name)];
  }
  return Object.keys(STREAM_ENTRIES);
}

/** Returns the flags of a server by their keys in its table. */
function serverKeys(server: string, flags: readonly Flag[]): ReadonlyMap<string, Flag> {
  return new Map(flags.map((flag) => {
    return [flag.name === server ? "address" : flag.name.slice(`${server}-`.length), flag];
  }));
}

function keySettings(
  keys: ReadonlyMap<string, Flag>,
): Record<string, v.OptionalSchema<Setting, undefined>> {
  return Object.fromEntries([...keys].map(([key, flag]) => [key, v.optional(setting(flag))]));
}

function settings(flags: readonly Flag[]): Record<string, v.OptionalSchema<Setting, undefined>> {
  const names = flags.map(({ name }) => name);
  return Object.fromEntries(
    flags
      .filter(({ name }) => {
        const isNegation = name.startsWith(NEGATION);
        return !(isNegation && names.includes(name.slice(NEGATION.length)));
      })
      .map((flag) => [flag.name, v.optional(setting(flag))]),
  );
}

function setting(flag: Flag): Setting {
  switch (flag.kind) {
    case "switch":
      return v.boolean("expected true or false");
    case "integer": {
      const expected = `expected an integer from ${flag.min} to ${flag.max}`;
      return v.pipe(
        v.number(expected),
        v.integer(expected),
        v.minValue(flag.min, expected),
        v.maxValue(flag.max, expected),
      );
    }
    case "choice":
      return v.picklist(flag.choices, `expected ${list(flag.choices)}`);
    case "text": {
      const expected = `expected a text for ${flag.placeholder}`;
      if (!flag.isRepeatable) return text(expected);
      return v.union([text(expected), v.array(text(expected))], `${expected}, or a list of them`);
    }
  }
}

function text(expected: string): v.GenericSchema<unknown, string> {
  return v.pipe(v.string(expected), v.nonEmpty(expected));
}
