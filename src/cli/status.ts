import { getLogger } from "@logtape/logtape";
import type { LogConfiguration } from "../config/common_flags.ts";
import type { StreamStatistics } from "../stream/statistics.ts";
import type { Output } from "./output.ts";

const REDRAW_MS = 1000;
const LOG_MS = 10_000;

const logger = getLogger(["cvmmap", "cli"]);

/**
 * Reports the state of a stream until disposed. On a terminal, redraws a status line every second.
 * Otherwise, and if the log format is JSON, logs a line every ten seconds.
 */
export function startStatusReporter(
  statistics: () => StreamStatistics,
  log: LogConfiguration,
  output: Output,
): Disposable {
  const quiet = log.level === "warning" || log.level === "error";
  const redraw = output.isTerminal && log.format === "text" && !quiet;
  let before: StreamStatistics | undefined;
  const timer = setInterval(() => {
    const now = statistics();
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

/**
 * Formats the state of a stream as one line. The most important values come first: a narrow terminal
 * cuts the line off.
 *
 * @param before Earlier statistics, from which rates are measured; without them, from the start.
 */
export function statusLine(before: StreamStatistics | undefined, now: StreamStatistics): string {
  const { fps, kbps } = rates(before, now);
  const { count, p50, p99 } = now.latencyMs;
  const unhealthy = now.sinks.filter((sink) => !sink.healthy).map((sink) => sink.name);
  return [
    `${fps.toFixed(1)} fps`,
    kbps === undefined ? undefined : `${kbps.toFixed(0)} kbit/s`,
    count === 0 ? undefined : `latency ${p50.toFixed(1)} ms (p99 ${p99.toFixed(1)})`,
    `drops ${drops(now)}`,
    `frames ${now.ingest.ingested}`,
    unhealthy.length === 0 ? undefined : `no answer: ${unhealthy.join(", ")}`,
  ].filter((part) => part !== undefined).join(" | ");
}

/** Rates between two statistics of a stream. */
export interface Rates {
  /** Frames per second: encoded ones, or ingested ones if the stream does not encode. */
  readonly fps: number;
  /** Bit rate of the busiest sink in kbit/s; undefined without a sink. */
  readonly kbps: number | undefined;
}

export function rates(before: StreamStatistics | undefined, now: StreamStatistics): Rates {
  const seconds = Math.max(now.elapsedMs - (before?.elapsedMs ?? 0), 1) / 1000;
  const perSink = now.sinks.map((sink, index) =>
    (sink.bytes - (before?.sinks[index]?.bytes ?? 0)) * 8 / 1000 / seconds
  );
  return {
    fps: (frames(now) - (before === undefined ? 0 : frames(before))) / seconds,
    kbps: perSink.length === 0 ? undefined : Math.max(...perSink),
  };
}

function frames(statistics: StreamStatistics): number {
  return statistics.encoder === undefined
    ? statistics.ingest.ingested
    : statistics.encoded + statistics.passedOn;
}

/** Counts the frames and packets that did not reach the receiver. */
export function drops(statistics: StreamStatistics): number {
  const { torn, dropped, stale, rejected } = statistics.ingest;
  return statistics.sinks.reduce(
    (sum, sink) => sum + sink.dropped,
    torn + dropped + stale + rejected,
  );
}
