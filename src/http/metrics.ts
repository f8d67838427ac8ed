import { Counter, Gauge, type Histogram, type LabelValues, Registry } from "prom-client";
import { STAGE_BUCKETS, STAGES } from "../stream/stage_latency.ts";
import type { MemberReport } from "../fleet/member.ts";
import type { Answer } from "./answer.ts";
import type { Served } from "./served.ts";
import {
  BUILD_METRIC,
  FLEET_METRICS,
  type MetricRow,
  STAGE_METRIC,
  STREAM_METRICS,
} from "./metric_table.ts";

/** Scrapes within this time get the same text. */
const FRESH_MS = 500;

/** Metrics of all streams in Prometheus' text format, generated when they are requested. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #served: Served;
  /** Snapshot of all streams for one scrape. */
  #reports: readonly MemberReport[] = [];
  #newest: { readonly atMs: number; readonly text: Promise<string> } | undefined;

  /** @param version Version of the program. */
  constructor(served: Served, version: string) {
    this.#served = served;
    const build = new Gauge({
      name: BUILD_METRIC.name,
      help: BUILD_METRIC.help,
      labelNames: [...BUILD_METRIC.labels],
      registers: [this.#registry],
    });
    build.set({ version, deno: Deno.version.deno }, 1);
    for (const row of STREAM_METRICS) this.#register(row, () => this.#streamSamples(row));
    this.#registry.registerMetric(
      stageHistogram(() => this.#reports.flatMap(({ name }) => stageValues(served, name))),
    );
    for (const row of FLEET_METRICS) {
      this.#register(row, () => row.samples(this.#reports, served.configuration()));
    }
  }

  /** Returns the metrics. */
  async answer(): Promise<Answer> {
    const nowMs = performance.now();
    if (this.#newest === undefined || nowMs - this.#newest.atMs >= FRESH_MS) {
      this.#newest = { atMs: nowMs, text: this.#text() };
    }
    return {
      status: 200,
      body: await this.#newest.text,
      contentType: this.#registry.contentType,
    };
  }

  /** Yields to the streams between metrics, because those of many streams take milliseconds. */
  async #text(): Promise<string> {
    this.#reports = this.#served.reports();
    const parts: string[] = [];
    for (const { name } of this.#registry.getMetricsAsArray()) {
      parts.push(await this.#registry.getSingleMetricAsString(name));
      await new Promise((resolve) => setTimeout(resolve));
    }
    return `${parts.join("\n\n")}\n`;
  }

  #register(
    { type, name, help, labels }: Pick<MetricRow, "type" | "name" | "help" | "labels">,
    samples: () => Iterable<readonly [LabelValues<string>, number]>,
  ): void {
    const common = { name, help, labelNames: [...labels], registers: [this.#registry] };
    if (type === "gauge") {
      new Gauge({
        ...common,
        collect(): void {
          this.reset();
          for (const [values, value] of samples()) this.set(values, value);
        },
      });
      return;
    }
    new Counter({
      ...common,
      collect(): void {
        this.reset();
        for (const [values, value] of samples()) this.inc(values, value);
      },
    });
  }

  *#streamSamples(row: MetricRow): Iterable<readonly [LabelValues<string>, number]> {
    for (const report of this.#reports) {
      if (report.statistics === undefined) continue;
      for (const [labels, value] of row.samples(report.statistics, report)) {
        yield [{ stream: report.name, ...labels }, value];
      }
    }
  }
}

/** Values of a metric in prom-client. */
type MetricValues = Awaited<ReturnType<Histogram<string>["get"]>>;

/**
 * Returns a histogram for a registry. A `Histogram` of prom-client cannot be filled with the counts that streams have
 * recorded, so this is an object with the methods that the registry calls.
 */
function stageHistogram(values: () => MetricValues["values"]): Histogram<string> {
  const { type, name, help } = STAGE_METRIC;
  const metric = {
    name,
    get: () => Promise.resolve({ name, help, type, values: values(), aggregator: "sum" }),
  };
  return metric as unknown as Histogram<string>;
}

function stageValues(served: Served, stream: string): MetricValues["values"] {
  const histograms = served.stream(stream)?.latencyStages();
  if (histograms === undefined) return [];
  const { name } = STAGE_METRIC;
  return STAGES.flatMap((stage) => {
    const { counts, sumSeconds } = histograms[stage];
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      const le = STAGE_BUCKETS[index] ?? "+Inf";
      return { metricName: `${name}_bucket`, labels: { stream, stage, le }, value: total };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: { stream, stage }, value: sumSeconds },
      { metricName: `${name}_count`, labels: { stream, stage }, value: total },
    ];
  });
}
