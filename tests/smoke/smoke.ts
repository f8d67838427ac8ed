// deno-lint-ignore-file no-console -- This is a command line program.
/**
 * Checks the interoperability with an RTMP server that runs elsewhere: `deno task smoke --help`.
 *
 * @module
 */
import { createConnection } from "node:net";
import { maskedUrl, type RtmpUrl } from "../../src/rtmp/url.ts";
import { type SmokeArguments, smokeArguments, USAGE } from "./_arguments.ts";
import { ffprobeVersion } from "./_playback.ts";
import { runRow } from "./_row.ts";

const CONNECT_TIMEOUT_MS = 3000;

async function smoke(args: readonly string[]): Promise<number> {
  const parsed = parseOrPrint(args);
  if (typeof parsed === "number") return parsed;
  const { target, rows, server } = parsed;
  if (!await isListening(target)) {
    console.log(`skipped: no server at ${maskedUrl(target)}`);
    return 0;
  }
  const ffprobe = await ffprobeVersion();
  let passed = 0;
  for (const row of rows) {
    const result = await runRow(row, parsed, ffprobe);
    if (result.passed) passed++;
    console.log(`${result.passed ? "ok    " : "FAILED"} ${row.name}: ${result.details}`);
  }
  const failed = rows.length - passed;
  if (failed > 0) console.log(`What to expect of this server: docs/smoke/${server}.md`);
  console.log(`total=${rows.length} pass=${passed} fail=${failed}`);
  return failed === 0 ? 0 : 1;
}

/** Parses the arguments. If there is nothing to run, prints the help or the error and returns the exit code. */
function parseOrPrint(args: readonly string[]): SmokeArguments | number {
  try {
    const parsed = smokeArguments(args);
    if (parsed !== undefined) return parsed;
    console.log(USAGE);
    return 0;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`smoke: ${reason.replaceAll("\n", " ")}`);
    return 2;
  }
}

/** Returns whether a server listens at the host and port of the URL. */
function isListening({ host, port }: RtmpUrl): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const finish = (connected: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(connected);
    };
    const timer = setTimeout(finish, CONNECT_TIMEOUT_MS, false);
    socket.once("connect", () => finish(true));
    socket.once("error", () => finish(false));
  });
}

Deno.exit(await smoke(Deno.args));
