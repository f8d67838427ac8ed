import type { Percentiles, SinkStatistics, StreamStatistics } from "../stream/statistics.ts";

/** Formats the statistics of a finished stream, one line an element, without line feeds. */
export function summaryLines(statistics: StreamStatistics): string[] {
  const { ingest, picture, encoder } = statistics;
  const seconds = statistics.elapsedMs / 1000;
  const pictureText = picture === undefined ? "no picture" : `${picture.width}x${picture.height}`;
  const lines = [
    `Summary: ${seconds.toFixed(1)} s, ${pictureText}`,
    `  frames   ${ingest.ingested} in of ${ingest.received} announced, ${
      rate(ingest.ingested, seconds)
    } fps`,
    `           ${ingest.torn} torn, ${ingest.dropped} dropped, ${ingest.stale} stale, ` +
    `${ingest.rejected} rejected`,
    `  source   ${ingest.remapped} remappings, ${ingest.reset} resets, ` +
    `${ingest.invalidMessages} invalid messages`,
  ];
  if (statistics.passedOn > 0) {
    lines.push(
      `  passed   ${statistics.passedOn} access units, ${
        rate(statistics.passedOn, seconds)
      } fps, ` +
        "as encoded by the producer",
    );
  }
  if (encoder !== undefined && (statistics.encoded > 0 || statistics.passedOn === 0)) {
    const by = encoder === "passthrough" ? "" : `, by ${encoder}`;
    lines.push(
      `  encoded  ${statistics.encoded} access units, ${
        rate(statistics.encoded, seconds)
      } fps${by}`,
    );
  }
  for (const sink of statistics.sinks) {
    lines.push(sinkLine(sink, seconds));
    if (sink.feedback !== undefined) lines.push(`           ${sink.feedback}`);
  }
  if (statistics.latencyMs.count > 0) {
    const to = statistics.sinks.length === 0 ? "access unit" : "last packet sent";
    lines.push(`  latency  ${latencyText(statistics.latencyMs)}, capture to ${to}`);
  }
  return lines;
}

function sinkLine(sink: SinkStatistics, seconds: number): string {
  const kbps = seconds > 0 ? sink.bytes * 8 / 1000 / seconds : 0;
  return `  sent     ${sink.accessUnits} access units, ${sink.packets} packets, ` +
    `${kbps.toFixed(0)} kbit/s, ${sink.dropped} not sent, to ${sink.name}`;
}

/** Formats a latency, for example `p50 5.1 ms, p95 6.0 ms, p99 7.3 ms`. */
function latencyText({ p50, p95, p99 }: Percentiles): string {
  return `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
}

function rate(count: number, seconds: number): string {
  return (seconds > 0 ? count / seconds : 0).toFixed(1);
}
