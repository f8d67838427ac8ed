import { parseArgs } from "node:util";
import { parseRtmpUrl, type RtmpUrl } from "../../src/rtmp/url.ts";

/** Servers that have a document of their own in docs/smoke. */
export const SERVERS = ["srs", "zlm"] as const;

/** What is published, one after another. */
export const ROWS = [
  { name: "h264", codec: "h264", mode: "enhanced" },
  { name: "h265-enhanced", codec: "h265", mode: "enhanced" },
  { name: "h265-domestic", codec: "h265", mode: "domestic" },
] as const;

/** One packaging. */
export type SmokeRow = typeof ROWS[number];

/** What a smoke test is to do. */
export interface SmokeArguments {
  /** Whose document is named where something fails. */
  readonly server: typeof SERVERS[number];
  /** Where to publish, as typed. */
  readonly url: string;
  /** The same, taken apart. */
  readonly target: RtmpUrl;
  /** What is played; the same URL unless given. */
  readonly play: string;
  /** What is published. */
  readonly rows: readonly SmokeRow[];
  /** How long each row publishes. */
  readonly seconds: number;
}

export const USAGE =
  `Usage: deno task smoke --server srs|zlm --url rtmp://HOST[:PORT]/APP/KEY [OPTIONS]

Publishes H.264 and H.265 in both packagings to an RTMP server, and plays each back with ffprobe.
Exit code 0: all is well, or there is no server; 1: something failed; 2: wrong arguments.

  --server srs|zlm   Whose document in docs/smoke to name where something fails
  --url URL          Where to publish
  --play URL         What to play instead, for example MPEG-TS over HTTP, or RTSP, of the same stream
  --row NAME         Only this one; may be repeated (${ROWS.map(({ name }) => name).join(" ")})
  --seconds N        How long each row publishes (3 to 600, default: 8)
  --help             Print this help`;

/**
 * Reads the arguments; undefined where only help was asked for.
 *
 * @throws {Error} One line: what was got and what is expected.
 */
export function smokeArguments(args: readonly string[]): SmokeArguments | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      server: { type: "string" },
      url: { type: "string" },
      play: { type: "string" },
      row: { type: "string", multiple: true },
      seconds: { type: "string", default: "8" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const server = SERVERS.find((server) => server === values.server);
  if (server === undefined) throw wrong("--server", values.server, "srs or zlm");
  const { url } = values;
  if (url === undefined) throw wrong("--url", url, "rtmp://HOST[:PORT]/APP/KEY");
  const { play = url } = values;
  if (!/^(rtmps?|https?|rtsps?):\/\/./.test(play)) {
    throw wrong("--play", play, "an rtmp, rtmps, http, https, rtsp or rtsps URL");
  }
  const seconds = /^\d{1,3}$/.test(values.seconds) ? Number(values.seconds) : NaN;
  if (!(seconds >= 3 && seconds <= 600)) {
    throw wrong("--seconds", values.seconds, "an integer from 3 to 600");
  }
  return { server, url, target: parseRtmpUrl(url), play, rows: rowsOf(values.row), seconds };
}

function rowsOf(names: readonly string[] | undefined): readonly SmokeRow[] {
  if (names === undefined) return ROWS;
  return names.map((name) => {
    const row = ROWS.find((row) => row.name === name);
    if (row === undefined) throw wrong("--row", name, ROWS.map(({ name }) => name).join(", "));
    return row;
  });
}

function wrong(flag: string, got: string | undefined, expected: string): Error {
  const what = got === undefined ? `Missing ${flag}` : `Invalid ${flag} ${JSON.stringify(got)}`;
  return new Error(`${what}: expected ${expected}`);
}
