import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { SinkContext, SinkStatistics } from "./sink.ts";

/** One consumer as the fan-out sees it: whatever it does, it neither throws nor makes anybody wait. */
export interface Outlet {
  /** Gets ready. Throws where it cannot. */
  open(stream: SinkContext): Promise<void>;
  /** Takes an access unit. Returns at once and never throws. */
  write(unit: AccessUnit): void;
  /** What it has taken. */
  stats(): SinkStatistics;
  /** Ends. Never rejects, and not late. */
  close(): Promise<void>;
}

/** Gives every access unit to every consumer. */
export class FanOut implements AsyncDisposable {
  readonly #outlets = new Set<Outlet>();

  /** Adds a consumer; disposal closes it. */
  add(outlet: Outlet): void {
    this.#outlets.add(outlet);
  }

  /** Gives a consumer nothing more. It is not closed. */
  remove(outlet: Outlet): void {
    this.#outlets.delete(outlet);
  }

  /**
   * Opens all, at once.
   *
   * @throws What the first one throws that cannot be opened.
   */
  async open(stream: SinkContext): Promise<void> {
    await Promise.all([...this.#outlets].map((outlet) => outlet.open(stream)));
  }

  /** Writes to all. Never throws. */
  write(unit: AccessUnit): void {
    for (const outlet of this.#outlets) outlet.write(unit);
  }

  /** What each has taken so far. */
  stats(): SinkStatistics[] {
    return [...this.#outlets].map((outlet) => outlet.stats());
  }

  /** Closes all, each whatever the others do. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#outlets].map((outlet) => outlet.close()));
  }
}
