import { getLogger } from "@logtape/logtape";
import type { Sink } from "../publish/sink.ts";
import { RateLimit } from "../rate_limit.ts";

const logger = getLogger(["cvmmap", "stream"]);

/** Limit of the log messages: the bit rate can change every second. */
const LOG_LIMIT = { burst: 2, everyMs: 20_000 };

/** Bit rate of a stream: the minimum of the limits of its sinks, and at most the configured bit rate. */
export class SharedBitrate {
  readonly #configuredKbps: number;
  readonly #set: (kbps: number) => void;
  readonly #limits = new Map<Sink, number>();
  readonly #logLimit = new RateLimit(LOG_LIMIT);
  #isReductionLogged = false;
  #kbps: number;

  /**
   * @param configuredKbps Bit rate without limits.
   * @param set Called with each new bit rate in kbit/s.
   */
  constructor(configuredKbps: number, set: (kbps: number) => void) {
    this.#configuredKbps = this.#kbps = configuredKbps;
    this.#set = set;
  }

  /** Current bit rate in kbit/s. */
  get kbps(): number {
    return this.#kbps;
  }

  /** Sets the limit of a sink; undefined removes it. */
  limit(sink: Sink, bitsPerSecond: number | undefined): void {
    if (bitsPerSecond === undefined || Number.isNaN(bitsPerSecond)) this.#limits.delete(sink);
    else this.#limits.set(sink, bitsPerSecond);
    const limits = [...this.#limits.values()].map((bits) => Math.max(Math.floor(bits / 1000), 1));
    const kbps = Math.min(this.#configuredKbps, ...limits);
    if (kbps === this.#kbps) return;
    const isLower = kbps < this.#kbps;
    this.#kbps = kbps;
    this.#set(kbps);
    this.#log(sink, isLower);
  }

  /** Logs a reduction, and the return to the configured bit rate, but no steps in between. */
  #log(sink: Sink, isLower: boolean): void {
    const properties = { sink: sink.name, kbps: this.#kbps };
    if (isLower) {
      if (this.#logLimit.take(performance.now()) === undefined) return;
      this.#isReductionLogged = true;
      logger.warn("{sink} can take no more than {kbps} kbit/s: encoding at that", properties);
    } else if (this.#isReductionLogged && this.#kbps === this.#configuredKbps) {
      this.#isReductionLogged = false;
      logger.info("Encoding at the full {kbps} kbit/s again", properties);
    }
  }
}
