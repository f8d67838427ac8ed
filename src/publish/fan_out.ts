import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Sink, SinkStatistics } from "./sink.ts";

const logger = getLogger(["cvmmap", "publish"]);

/** Gives every access unit to every sink, and lets no sink's fault reach another. */
export class FanOut implements AsyncDisposable {
  readonly #sinks: readonly Sink[];
  readonly #broken = new Set<Sink>();

  /** The sinks become its own: disposal closes them. */
  constructor(sinks: readonly Sink[]) {
    this.#sinks = sinks;
  }

  /** Writes to all sinks. Never throws. */
  write(unit: AccessUnit): void {
    for (const sink of this.#sinks) {
      try {
        sink.write(unit);
      } catch (error) {
        // It broke its promise; say so once and spare the others.
        if (this.#broken.has(sink)) continue;
        this.#broken.add(sink);
        logger.error("{sink} failed to take an access unit: {error}", { sink: sink.name, error });
      }
    }
  }

  /** What each sink has sent so far. */
  stats(): SinkStatistics[] {
    return this.#sinks.map((sink) => sink.stats());
  }

  /** Closes all sinks, each whatever the others do. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closings = this.#sinks.map(async (sink) => await sink[Symbol.asyncDispose]());
    for (const [index, result] of (await Promise.allSettled(closings)).entries()) {
      if (result.status === "fulfilled") continue;
      const { reason: error } = result;
      logger.warn("{sink} did not close cleanly: {error}", {
        sink: this.#sinks[index]?.name,
        error,
      });
    }
  }
}
