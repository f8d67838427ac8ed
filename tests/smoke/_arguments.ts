import { parseArgs } from "node:util";
import { parseRtmpUrl, type RtmpUrl } from "../../src/rtmp/url.ts";

/** The servers with a document in docs/smoke. */
export const SERVERS = ["srs", "zlm"] as const;

/** The rows of the smoke test, which run one after another. */
export const ROWS = [
  { name: "h264", codec: "h264", mode: "enhanced" },
  { name: "h265-enhanced", codec: "h265", mode: "enhanced" },
  { name: "h265-domestic", codec: "h265", mode: "domestic" },
] as const;

/** A codec and its RTMP packaging. */
export type SmokeRow = typeof ROWS[number];

/** The parsed command line. */
export interface SmokeArguments {
  /** The server whose document is named when a row fails. */
  readonly server: typeof SERVERS[number];
  /** The URL to publish to, as typed. */
  readonly url: string;
  /** The parsed URL to publish to. */
  readonly target: RtmpUrl;
  /**
   * The URL to play.
   *
   * @default the URL to publish to
   */
  readonly play: string;
  /** The rows to run. */
  readonly rows: readonly SmokeRow[];
  /** How long each row publishes, in seconds. */
  readonly seconds: number;
}

export const USAGE =
  `Usage: deno task smoke --server srs|zlm --url rtmp://HOST[:PORT]/APP/KEY [OPTIONS]

Publishes H.264 and H.265 in both packagings to an RTMP server, and plays each back with ffprobe.
Exit code 0: all rows passed, or there is no server; 1: a row failed; 2: invalid arguments.

  --server srs|zlm   Server whose document in docs/smoke is named when a row fails
  --url URL          URL to publish to
  --play URL         URL to play instead, for example the same stream as MPEG-TS over HTTP, or RTSP
  --row NAME         Run only this row; may be repeated (${ROWS.map(({ name }) => name).join(" ")})
  --seconds N        How long each row publishes (3 to 600, default: 8)
  --help             Print this help`;

/**
 * Parses the arguments. Returns undefined if help was requested.
 *
 * @throws {Error} If an argument is invalid, with a one-line message.
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
  if (server === undefined) throw invalid("--server", values.server, "srs or zlm");
  const { url } = values;
  if (url === undefined) throw invalid("--url", url, "rtmp://HOST[:PORT]/APP/KEY");
  const { play = url } = values;
  if (!/^(rtmps?|https?|rtsps?):\/\/./.test(play)) {
    throw invalid("--play", play, "an rtmp, rtmps, http, https, rtsp or rtsps URL");
  }
  const seconds = /^\d{1,3}$/.test(values.seconds) ? Number(values.seconds) : NaN;
  if (!(seconds >= 3 && seconds <= 600)) {
    throw invalid("--seconds", values.seconds, "an integer from 3 to 600");
  }
  return { server, url, target: parseRtmpUrl(url), play, rows: rowsOf(values.row), seconds };
}

function rowsOf(names: readonly string[] | undefined): readonly SmokeRow[] {
  if (names === undefined) return ROWS;
  return names.map((name) => {
    const row = ROWS.find((row) => row.name === name);
    if (row === undefined) throw invalid("--row", name, ROWS.map(({ name }) => name).join(", "));
    return row;
  });
}

function invalid(flag: string, got: string | undefined, expected: string): Error {
  const what = got === undefined ? `Missing ${flag}` : `Invalid ${flag} ${JSON.stringify(got)}`;
  return new Error(`${what}: expected ${expected}`);
}
