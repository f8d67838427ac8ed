import {
  BUILD_METRIC,
  FLEET_METRICS,
  STAGE_METRIC,
  STREAM_METRICS,
} from "../../src/http/metric_table.ts";
import { code, table } from "./markdown.ts";

/** `docs/metrics.md` */
export function metricReference(): string {
  const rows = [...STREAM_METRICS, STAGE_METRIC, ...FLEET_METRICS, BUILD_METRIC].map(
    ({ name, type, labels, help }) => {
      return [code(name), type, labels.map(code).join(", "), help];
    },
  );
  return `# Metrics

\`GET /metrics\` of \`--http ADDRESS:PORT\` returns these in Prometheus' text format. This document is
generated: run \`deno task docs\`.

Counters of a stream begin at 0 again when the stream is restarted, as Prometheus' \`rate()\` expects.
\`sink\` is the name of an output, without keys or passwords, for example \`rtp 127.0.0.1:5004\`.

${table(["Metric", "Type", "Labels", "Meaning"], rows)}
`;
}
