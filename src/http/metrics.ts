import { Counter, Gauge, type LabelValues, Registry } from "prom-client";
import type { Answer } from "./answer.ts";
import type { Served } from "./served.ts";
import { FLEET_METRICS, type MetricRow, STREAM_METRICS } from "./metric_table.ts";

/** Scrapes that come sooner get the same text. */
const FRESH_MS = 500;

/** Metrics of all streams in Prometheus' text format, made when they are asked for. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #served: Served;
  #newest: { readonly atMs: number; readonly text: Promise<string> } | undefined;

  /** @param version The program's. */
  constructor(served: Served, version: string) {
    this.#served = served;
    const build = new Gauge({
      name: "cvmmap_build_info",
      help: "Version of the program and of Deno; always 1",
      labelNames: ["version", "deno"],
      registers: [this.#registry],
    });
    build.set({ version, deno: Deno.version.deno }, 1);
    for (const row of STREAM_METRICS) this.#register(row, () => this.#streamSamples(row));
    for (const row of FLEET_METRICS) {
      this.#register(row, () => row.samples(served.reports(), served.configuration()));
    }
  }

  /** The text, as an answer. */
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

  /** Streams have their turn between two metrics: of many streams, all of them take milliseconds. */
  async #text(): Promise<string> {
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
    for (const report of this.#served.reports()) {
      if (report.statistics === undefined) continue;
      for (const [labels, value] of row.samples(report.statistics, report)) {
        yield [{ stream: report.name, ...labels }, value];
      }
    }
  }
}
