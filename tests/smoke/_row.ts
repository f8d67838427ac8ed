import { withoutSecrets } from "../../src/rtmp/url.ts";
import type { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import type { SmokeArguments, SmokeRow } from "./_arguments.ts";
import { playBack } from "./_playback.ts";

const FPS = 30;
/** For the start and the end of a row, beside the time it publishes. */
const MARGIN_SECONDS = 40;

/** How a row ended. */
export interface SmokeResult {
  /** Whether the server took it, and gave it back if that could be checked. */
  readonly passed: boolean;
  /** What happened, without secrets. */
  readonly words: string;
}

/** Publishes in one packaging, and plays it while it is published. */
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
  if (!await accepted.catch(() => false)) return failed(target, lastWords(publisher));
  const playback = await playBack(row, play, ffprobe, limit.signal);
  const { code } = await publisher.ended;
  if (code !== 0) return failed(target, `exit code ${code}: ${lastWords(publisher)}`);
  const sent = sentBy(publisher);
  const words = [`published ${sent} access units`];
  words.push(playback.kind === "not checked" ? `not played: ${playback.words}` : playback.words);
  if (sent > 0 && playback.kind !== "failed") return { passed: true, words: words.join("; ") };
  return failed(target, words.join("; "));
}

function failed(target: SmokeArguments["target"], words: string): SmokeResult {
  return { passed: false, words: withoutSecrets(target, words) };
}

function lastWords({ log }: Child): string {
  return log.lines.at(-1) ?? "the publisher ended without a word";
}

function sentBy({ log }: Child): number {
  return Number(/sent +(\d+) access units/.exec(log.lines.join("\n"))?.[1] ?? 0);
}
