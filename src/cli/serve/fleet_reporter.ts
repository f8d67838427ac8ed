import { getLogger } from "@logtape/logtape";
import type { LogConfiguration } from "../../config/common_flags.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { MemberReport } from "../../fleet/member.ts";
import { drops, rates } from "../status.ts";
import type { Output } from "../output.ts";
import type { StreamStatistics } from "../../stream/statistics.ts";

const REDRAW_MS = 1000;
const LOG_MS = 60_000;

const logger = getLogger(["cvmmap", "cli"]);

/**
 * Reports the state of all streams until disposed. On a terminal, redraws a status line every second. Otherwise, logs a
 * line every minute.
 */
export function startFleetReporter(
  fleet: Fleet,
  log: LogConfiguration,
  output: Output,
): Disposable {
  const isQuiet = log.level === "warning" || log.level === "error";
  const redraws = output.isTerminal && log.format === "text" && !isQuiet;
  const status = new FleetStatus(fleet);
  const timer = setInterval(() => {
    const line = status.line();
    if (redraws) output.status(line);
    else logger.info("{line}", { line });
  }, redraws ? REDRAW_MS : LOG_MS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      output.status("");
    },
  };
}

/** Formats the state of a fleet as one line, with rates since the previous line. */
export class FleetStatus {
  readonly #fleet: Fleet;
  #before: ReadonlyMap<string, StreamStatistics> = new Map();

  /** @param fleet The fleet to report. */
  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Returns the next line. */
  line(): string {
    const reports = this.#fleet.reports();
    const line = fleetLine(reports, this.#before);
    this.#before = new Map(reports.flatMap(({ name, statistics }) => {
      return statistics === undefined ? [] : [[name, statistics]];
    }));
    return line;
  }
}

/** Formats the state of all streams as one line, for example `4 streams: 3 listening, 1 retrying (rear) | 90.0 fps | drops 0`. */
export function fleetLine(
  reports: readonly MemberReport[],
  before: ReadonlyMap<string, StreamStatistics>,
): string {
  let fps = 0;
  let kbps = 0;
  let lost = 0;
  for (const { name, statistics } of reports) {
    if (statistics === undefined) continue;
    const earlier = before.get(name);
    // A restarted stream counts from its start.
    const isSame = earlier !== undefined && earlier.elapsedMs <= statistics.elapsedMs;
    const rate = rates(isSame ? earlier : undefined, statistics);
    fps += rate.fps;
    kbps += rate.kbps ?? 0;
    lost += drops(statistics);
  }
  return [
    `${reports.length} ${reports.length === 1 ? "stream" : "streams"}: ${stateWords(reports)}`,
    `${fps.toFixed(1)} fps`,
    `${kbps.toFixed(0)} kbit/s`,
    `drops ${lost}`,
  ].join(" | ");
}

function stateWords(reports: readonly MemberReport[]): string {
  const words: string[] = [];
  for (const [state, members] of Map.groupBy(reports, ({ state }) => state)) {
    const names = state === "listening" ? "" : ` (${members.map(({ name }) => name).join(", ")})`;
    words.push(`${members.length} ${state}${names}`);
  }
  return words.join(", ");
}
