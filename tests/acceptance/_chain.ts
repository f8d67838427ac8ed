import type { StreamStatistics } from "../../src/stream/statistics.ts";
import type { CaseContext } from "../_suite/case_context.ts";
import type { Child } from "../_harness/child.ts";
import type { Figure } from "../_suite/figure.ts";

/** Picture width of every row; some encoders refuse smaller pictures. */
export const WIDTH = 640;
/** Picture height of every row; see {@linkcode WIDTH}. */
export const HEIGHT = 360;
/** Frames between key frames: small enough for several key frames in the two seconds of a row. */
export const GOP = 15;
/**
 * Timeout of a tester, in milliseconds. Shorter than the row's limit, so that the tester reports
 * what is missing.
 */
export const TESTER_TIMEOUT_MS = 40_000;
/** Time limit of a row, generous enough for very slow machines. */
export const ROW_LIMIT_SECONDS = 50;

/** Number of frames after which the producer ends by itself, in case the suite is killed. */
const MOST_FRAMES = 1800;

/** Fields that every tester prints with `--json`. */
interface Verdict {
  readonly outcome: string;
  readonly message: string;
}

/** Processes of a row: a tester, the sign that it is ready, and a streamer. */
export interface Chain {
  /** Arguments of the tester; `--json` and the timeout are added. */
  readonly tester: readonly string[];
  /** Line of the tester's log that shows that it is ready. */
  readonly ready: RegExp;
  /** Arguments of the streamer; source and group of pictures are added. */
  readonly streamer: readonly string[];
}

/** Result of a chain. */
export interface ChainResult<Report> {
  /** JSON that the tester printed. */
  readonly report: Report;
  /** Statistics of the streamer's summary. */
  readonly statistics: StreamStatistics;
}

/**
 * Runs tester, simulator and streamer until the tester has its verdict, then ends the others with
 * SIGTERM.
 *
 * @throws {Error} If one of them fails; the message has the last line of its log.
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
    // The idle timeout ends the streamer after its producer has ended; JSON makes the summary
    // parsable.
    "--ingest-idle-timeout-ms",
    "10000",
    "--log-format",
    "json",
  ]);
  const report = await verdictOf<Report>(tester, [simulator, streamer], context);
  await endGracefully(streamer);
  await endGracefully(simulator);
  return { report, statistics: statisticsOf(streamer) };
}

/** Returns the tester's report. Fails if another process ends before the tester. */
async function verdictOf<Report extends Verdict>(
  tester: Child,
  others: readonly Child[],
  context: CaseContext,
): Promise<Report> {
  const early = others.map(async (other) => {
    const { code, signal } = await other.ended;
    // If both have ended at the same time, the tester's verdict counts.
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

async function endGracefully(child: Child): Promise<void> {
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

/** Returns the figures of the streamer's statistics, with the same limits in every row. */
export function streamerFigures({ ingest, latencyMs, encoded }: StreamStatistics): Figure[] {
  return [
    { name: "frames encoded", value: encoded, unit: "", limit: { atLeast: 1 } },
    { name: "frames rejected", value: ingest.rejected, unit: "", limit: { exactly: 0 } },
    { name: "invalid messages", value: ingest.invalidMessages, unit: "", limit: { exactly: 0 } },
    { name: "frames torn", value: ingest.torn, unit: "" },
    { name: "frames dropped", value: ingest.dropped + ingest.stale, unit: "" },
    { name: "latency, median", value: latencyMs.p50, unit: "ms" },
    { name: "latency, 99th percentile", value: latencyMs.p99, unit: "ms" },
  ];
}
