import { withoutSecrets } from "../../src/rtmp/url.ts";
import type { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import type { SmokeArguments, SmokeRow } from "./_arguments.ts";
import { playBack } from "./_playback.ts";

const FPS = 30;
/** Time for the start and the end of a row, in addition to the time that it publishes. */
const MARGIN_SECONDS = 40;

/** Result of a row. */
export interface SmokeResult {
  /** Whether the server accepted the stream, and it could be played, if that could be checked. */
  readonly passed: boolean;
  /** Description of the result, without secrets. */
  readonly details: string;
}

/** Publishes a stream in one packaging and plays it meanwhile. */
export async function runRow(
  row: SmokeRow,
  { url, target, play, seconds }: SmokeArguments,
  ffprobe: string | undefined,
): Promise<SmokeResult> {
  using limit = new TimeLimit(seconds + MARGIN_SECONDS);
  await using publisher = startProduct([
    "--codec",
    row.codec,
    "--rtmp",
    "--rtmp-mode",
    row.mode,
    "--rtmp-url",
    url,
    "--no-rtmp-reconnect",
    "--input-mode",
    "dummy",
    "--dummy-fps",
    `${FPS}`,
    "--dummy-frames",
    `${seconds * FPS}`,
  ], limit.signal);
  const accepted = publisher.log.waitFor(/the server takes the stream/).then(() => true);
  if (!await accepted.catch(() => false)) return failed(target, lastLine(publisher));
  const playback = await playBack(row, play, ffprobe, limit.signal);
  const { code } = await publisher.ended;
  if (code !== 0) return failed(target, `exit code ${code}: ${lastLine(publisher)}`);
  const sent = sentBy(publisher);
  const played = playback.kind === "not checked"
    ? `not played: ${playback.details}`
    : playback.details;
  const details = `published ${sent} access units; ${played}`;
  if (sent > 0 && playback.kind !== "failed") return { passed: true, details };
  return failed(target, details);
}

function failed(target: SmokeArguments["target"], details: string): SmokeResult {
  return { passed: false, details: withoutSecrets(target, details) };
}

function lastLine({ log }: Child): string {
  return log.lines.at(-1) ?? "the publisher ended without a message";
}

function sentBy({ log }: Child): number {
  return Number(/sent +(\d+) access units/.exec(log.lines.join("\n"))?.[1] ?? 0);
}
