// deno-lint-ignore-file no-console -- it talks to a person
/**
 * The interoperability check with an RTMP server that runs elsewhere: `deno task smoke --help`.
 *
 * @module
 */
import { maskedUrl } from "../../src/rtmp/url.ts";
import { type SmokeArguments, smokeArguments, USAGE } from "./_arguments.ts";
import { ffprobeVersion } from "./_playback.ts";
import { runRow } from "./_row.ts";
import { isListening } from "./_server.ts";

async function smoke(args: readonly string[]): Promise<number> {
  const wanted = readArguments(args);
  if (typeof wanted === "number") return wanted;
  const { target, rows, server } = wanted;
  if (!await isListening(target)) {
    console.log(`skipped: no server at ${maskedUrl(target)}`);
    return 0;
  }
  const ffprobe = await ffprobeVersion();
  let passed = 0;
  for (const row of rows) {
    const result = await runRow(row, wanted, ffprobe);
    if (result.passed) passed++;
    console.log(`${result.passed ? "ok    " : "FAILED"} ${row.name}: ${result.words}`);
  }
  const failed = rows.length - passed;
  if (failed > 0) console.log(`What to expect of this server: docs/smoke/${server}.md`);
  console.log(`total=${rows.length} pass=${passed} fail=${failed}`);
  return failed === 0 ? 0 : 1;
}

function readArguments(args: readonly string[]): SmokeArguments | number {
  try {
    const wanted = smokeArguments(args);
    if (wanted !== undefined) return wanted;
    console.log(USAGE);
    return 0;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`smoke: ${reason.replaceAll("\n", " ")}`);
    return 2;
  }
}

Deno.exit(await smoke(Deno.args));
