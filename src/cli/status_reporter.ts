import { getLogger } from "@logtape/logtape";
import type { LogConfiguration } from "../config/log_flags.ts";
import type { StreamStatistics } from "../stream/statistics.ts";
import type { Output } from "./output.ts";
import { statusLine } from "./status_line.ts";

const REDRAW_MS = 1000;
const LOG_MS = 10_000;

const logger = getLogger(["cvmmap", "cli"]);

/**
 * Tells how a stream goes until disposed: on a terminal in a status line, redrawn every second;
 * elsewhere, and where logs are JSON, in a log line every ten.
 */
export function startStatusReporter(
  look: () => StreamStatistics,
  log: LogConfiguration,
  output: Output,
): Disposable {
  const quiet = log.level === "warning" || log.level === "error";
  const redraw = output.isTerminal && log.format === "text" && !quiet;
  let before: StreamStatistics | undefined;
  const timer = setInterval(() => {
    const now = look();
    const line = statusLine(before, now);
    if (redraw) output.status(line);
    else logger.info("{line}", { line, statistics: now });
    before = now;
  }, redraw ? REDRAW_MS : LOG_MS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      output.status("");
    },
  };
}
