import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { SinkContext, SinkStatistics } from "./sink.ts";

const logger = getLogger(["cvmmap", "publish"]);

/** One consumer as the fan-out sees it: whatever it does, it neither throws nor makes anyone wait. */
export interface Outlet {
  /** Gets ready. Throws where it cannot. */
  open(stream: SinkContext): Promise<void>;
  /** Takes an access unit. Returns at once and never throws. */
  write(unit: AccessUnit): void;
  /** What it has taken. */
  statistics(): SinkStatistics;
  /** Ends. Never rejects, and not late. */
  close(): Promise<void>;
}

/** Gives every access unit to every consumer. They come and go at any time. */
export class FanOut implements AsyncDisposable {
  readonly #outlets = new Set<Outlet>();
  readonly #leaving = new Set<Promise<void>>();
  #stream: SinkContext | undefined;
  #isClosed = false;

  /** Whether it takes no consumer any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Adds a consumer; disposal closes it. One that comes after {@linkcode open} is opened at once; where that
   * fails, it is closed and left out, and the others notice nothing.
   */
  add(outlet: Outlet): void {
    this.#outlets.add(outlet);
    if (this.#stream !== undefined) this.#join(outlet, this.#stream);
  }

  /** Whether a consumer is one of them. */
  has(outlet: Outlet): boolean {
    return this.#outlets.has(outlet);
  }

  /** Gives a consumer nothing more, and closes it. */
  async remove(outlet: Outlet): Promise<void> {
    this.#outlets.delete(outlet);
    const closing = outlet.close();
    this.#leaving.add(closing);
    await closing;
    this.#leaving.delete(closing);
  }

  /**
   * Opens all, at once.
   *
   * @throws What the first one throws that cannot be opened.
   */
  async open(stream: SinkContext): Promise<void> {
    this.#stream = stream;
    await Promise.all([...this.#outlets].map(async (outlet) => {
      try {
        await outlet.open(stream);
      } catch (error) {
        // One that has been removed meanwhile is no one's concern.
        if (this.#outlets.has(outlet)) throw error;
      }
    }));
  }

  /** Writes to all. Never throws. */
  write(unit: AccessUnit): void {
    for (const outlet of this.#outlets) outlet.write(unit);
  }

  /** What each has taken so far. */
  statistics(): SinkStatistics[] {
    return [...this.#outlets].map((outlet) => outlet.statistics());
  }

  /** Closes all, each whatever the others do. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const closing = [...this.#outlets].map((outlet) => outlet.close());
    await Promise.all([...closing, ...this.#leaving]);
  }

  #join(outlet: Outlet, stream: SinkContext): void {
    outlet.open(stream).catch((error) => {
      if (this.#isClosed || !this.#outlets.has(outlet)) return;
      logger.error("{sink} cannot join: {reason}", {
        sink: outlet.statistics().name,
        reason: error instanceof Error ? error.message : error,
      });
      return this.remove(outlet);
    });
  }
}
