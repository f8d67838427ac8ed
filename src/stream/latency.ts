import { DDSketch } from "@datadog/sketches-js";
import type { Percentiles } from "./statistics.ts";

/** Percentiles within 1 % of the value, in memory that does not grow with the number of samples. */
export class Latency {
  readonly #sketch = new DDSketch({ relativeAccuracy: 0.01 });

  /** Notes a duration. A negative one, of clocks that disagree, counts as none. */
  record(milliseconds: number): void {
    this.#sketch.accept(Math.max(milliseconds, 0));
  }

  /** The percentiles of all that was noted; zeros when nothing was. */
  percentiles(): Percentiles {
    const at = (quantile: number): number =>
      this.#sketch.count === 0 ? 0 : this.#sketch.getValueAtQuantile(quantile);
    return { count: this.#sketch.count, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}
