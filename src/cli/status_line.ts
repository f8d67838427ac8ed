import type { StreamStatistics } from "../stream/statistics.ts";
import { drops, rates } from "./measures.ts";

/** How it goes, on one line: what fits a narrow terminal first. */
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
