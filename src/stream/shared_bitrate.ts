import { getLogger } from "@logtape/logtape";
import type { Sink } from "../publish/sink.ts";
import { LogLimit } from "../log_limit.ts";

const logger = getLogger(["cvmmap", "stream"]);

/** How often a change is told: it may come every second. */
const CHANGES_TOLD = { burst: 2, everyMs: 20_000 };

/** The bit rate of a stream whose sinks can take different ones: the least, and never more than was asked for. */
export class SharedBitrate {
  readonly #askedKbps: number;
  readonly #set: (kbps: number) => void;
  readonly #limits = new Map<Sink, number>();
  readonly #told = new LogLimit(CHANGES_TOLD);
  #isLowerTold = false;
  #kbps: number;

  /**
   * @param askedKbps What is used while nothing speaks against it.
   * @param set Is given each other rate in kbit/s.
   */
  constructor(askedKbps: number, set: (kbps: number) => void) {
    this.#askedKbps = this.#kbps = askedKbps;
    this.#set = set;
  }

  /** The rate in use, in kbit/s. */
  get kbps(): number {
    return this.#kbps;
  }

  /** A sink can take so much; undefined: whatever comes. */
  limit(sink: Sink, bitsPerSecond: number | undefined): void {
    if (bitsPerSecond === undefined || Number.isNaN(bitsPerSecond)) this.#limits.delete(sink);
    else this.#limits.set(sink, bitsPerSecond);
    const limits = [...this.#limits.values()].map((bits) => Math.max(Math.floor(bits / 1000), 1));
    const kbps = Math.min(this.#askedKbps, ...limits);
    if (kbps === this.#kbps) return;
    const isLower = kbps < this.#kbps;
    this.#kbps = kbps;
    this.#set(kbps);
    this.#tell(sink, isLower);
  }

  /** On the way up there is nothing to know but its end. */
  #tell(sink: Sink, isLower: boolean): void {
    const what = { sink: sink.name, kbps: this.#kbps };
    if (isLower) {
      if (this.#told.take(performance.now()) === undefined) return;
      this.#isLowerTold = true;
      logger.warn("{sink} can take no more than {kbps} kbit/s: encoding at that", what);
    } else if (this.#isLowerTold && this.#kbps === this.#askedKbps) {
      this.#isLowerTold = false;
      logger.info("Encoding at the full {kbps} kbit/s again", what);
    }
  }
}
