import type { StreamStatistics } from "../../src/stream/statistics.ts";
import type { CaseContext } from "../_suite/case_context.ts";
import type { Child } from "../_harness/child.ts";
import type { Figure } from "../_suite/figure.ts";

/** The picture of every row; smaller ones are refused by some encoders. */
export const WIDTH = 640;
/** As {@linkcode WIDTH}. */
export const HEIGHT = 360;
/** Frames from key frame to key frame: several of them come in a row's two seconds. */
export const GOP = 15;
/** How long a tester waits: within the row's limit, so that it is the one to say what is missing. */
export const TESTER_TIMEOUT_MS = 40_000;
/** The limit of a row: what a machine takes that is far slower than any that should run this. */
export const ROW_LIMIT_SECONDS = 50;

/** So that a producer whose suite was killed ends by itself. */
const MOST_FRAMES = 1800;

/** What every tester prints with `--json`. */
interface Verdict {
  readonly outcome: string;
  readonly message: string;
}

/** What a row is: a tester, what it says when it is ready, and how the stream gets there. */
export interface Chain {
  /** Arguments of the tester; `--json` and its time are added. */
  readonly tester: readonly string[];
  /** Line of the tester's log from which on it receives. */
  readonly ready: RegExp;
  /** Arguments of the streamer; source and group of pictures are added. */
  readonly streamer: readonly string[];
}

/** What came out of a chain. */
export interface ChainResult<Report> {
  /** What the tester printed. */
  readonly report: Report;
  /** The streamer's own summary. */
  readonly statistics: StreamStatistics;
}

/**
 * Runs tester, simulator and streamer until the tester has its verdict, then ends the others in good
 * order.
 *
 * @throws {Error} If one of them ends otherwise than it should, with what it had to say.
 */
export async function runChain<Report extends Verdict>(
  context: CaseContext,
  chain: Chain,
): Promise<ChainResult<Report>> {
  const source = ["--shm-name", context.shmName, "--zmq-endpoint", context.zmqEndpoint];
  const picture = ["--width", `${WIDTH}`, "--height", `${HEIGHT}`, "--frames", `${MOST_FRAMES}`];
  const simulator = context.product("simulator", ["simulate", ...source, ...picture]);
  const tester = context.product("tester", [
    ...chain.tester,
    "--json",
    "--timeout-ms",
    `${TESTER_TIMEOUT_MS}`,
  ]);
  await tester.log.waitFor(chain.ready);
  const streamer = context.product("streamer", [
    ...chain.streamer,
    ...source,
    "--gop",
    `${GOP}`,
    // The first so that it ends by itself when its producer has, the second to be read by programs.
    "--ingest-idle-timeout-ms",
    "10000",
    "--log-format",
    "json",
  ]);
  const report = await verdictOf<Report>(tester, [simulator, streamer], context);
  await endWell(streamer);
  await endWell(simulator);
  return { report, statistics: statisticsOf(streamer) };
}

/** The tester's report; what ends before the tester has done wrong. */
async function verdictOf<Report extends Verdict>(
  tester: Child,
  others: readonly Child[],
  context: CaseContext,
): Promise<Report> {
  const early = others.map(async (other) => {
    const { code, signal } = await other.ended;
    // In this order, should both have ended at once: then the tester's verdict counts.
    return tester.over ? undefined : `${other.name} ended with ${signal ?? code}${lastLine(other)}`;
  });
  const reason = await Promise.race([tester.ended.then(() => undefined), ...early]);
  if (reason !== undefined) throw new Error(`${reason}, before the tester had its verdict`);
  const { code } = await tester.ended;
  const [line] = tester.output.lines;
  if (line === undefined) throw new Error(`The tester ended with ${code}${lastLine(tester)}`);
  await Deno.writeTextFile(context.path("tester.json"), `${line}\n`);
  const report: Report = JSON.parse(line);
  if (code !== 0 || report.outcome !== "passed") {
    throw new Error(`The tester ended with ${code}: ${report.message}`);
  }
  return report;
}

async function endWell(child: Child): Promise<void> {
  const { code, signal } = await child.end("SIGTERM");
  if (code !== 0) throw new Error(`${child.name} ended with ${signal ?? code}${lastLine(child)}`);
}

function lastLine({ log }: Child): string {
  const line = log.lines.at(-1);
  return line === undefined ? "" : `: ${line}`;
}

function statisticsOf(streamer: Child): StreamStatistics {
  const line = streamer.log.lines.findLast((line) => line.includes('"Summary"'));
  if (line === undefined) throw new Error("The streamer printed no summary");
  return JSON.parse(line).properties.statistics;
}

/** What the streamer says of itself, judged alike in every row. */
export function streamerFigures({ ingest, latencyMs, encoded }: StreamStatistics): Figure[] {
  return [
    { name: "frames encoded", value: encoded, unit: "", limit: { atLeast: 1 } },
    { name: "frames rejected", value: ingest.rejected, unit: "", limit: { exactly: 0 } },
    { name: "invalid messages", value: ingest.invalidMessages, unit: "", limit: { exactly: 0 } },
    { name: "frames torn", value: ingest.torn, unit: "" },
    { name: "frames given way", value: ingest.dropped + ingest.stale, unit: "" },
    { name: "latency, median", value: latencyMs.p50, unit: "ms" },
    { name: "latency, 99th percentile", value: latencyMs.p99, unit: "ms" },
  ];
}
