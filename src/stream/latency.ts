import { DDSketch } from "@datadog/sketches-js";
import type { Percentiles } from "./statistics.ts";

/** Computes percentiles of a latency with an error of at most 1 %, in constant memory. */
export class Latency {
  readonly #sketch = new DDSketch({ relativeAccuracy: 0.01 });

  /** Records a duration. A negative one, caused by clock differences, counts as 0. */
  record(milliseconds: number): void {
    this.#sketch.accept(Math.max(milliseconds, 0));
  }

  /** Returns the percentiles of all samples; zeros without samples. */
  percentiles(): Percentiles {
    const at = (quantile: number): number =>
      this.#sketch.count === 0 ? 0 : this.#sketch.getValueAtQuantile(quantile);
    return { count: this.#sketch.count, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}
