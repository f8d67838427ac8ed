import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { SinkContext, SinkStatistics } from "./sink.ts";

const logger = getLogger(["cvmmap", "publish"]);

/** One consumer as the fan-out sees it: whatever it does, it neither throws nor makes anyone wait. */
export interface Subscriber {
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
  readonly #subscribers = new Set<Subscriber>();
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
  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    if (this.#stream !== undefined) this.#join(subscriber, this.#stream);
  }

  /** Whether a consumer is one of them. */
  has(subscriber: Subscriber): boolean {
    return this.#subscribers.has(subscriber);
  }

  /** Gives a consumer nothing more, and closes it. */
  async remove(subscriber: Subscriber): Promise<void> {
    this.#subscribers.delete(subscriber);
    const closing = subscriber.close();
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
    await Promise.all([...this.#subscribers].map(async (subscriber) => {
      try {
        await subscriber.open(stream);
      } catch (error) {
        // One that has been removed meanwhile is no one's concern.
        if (this.#subscribers.has(subscriber)) throw error;
      }
    }));
  }

  /** Writes to all. Never throws. */
  write(unit: AccessUnit): void {
    for (const subscriber of this.#subscribers) subscriber.write(unit);
  }

  /** What each has taken so far. */
  statistics(): SinkStatistics[] {
    return [...this.#subscribers].map((subscriber) => subscriber.statistics());
  }

  /** Closes all, each whatever the others do. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const closing = [...this.#subscribers].map((subscriber) => subscriber.close());
    await Promise.all([...closing, ...this.#leaving]);
  }

  #join(subscriber: Subscriber, stream: SinkContext): void {
    subscriber.open(stream).catch((error) => {
      if (this.#isClosed || !this.#subscribers.has(subscriber)) return;
      logger.error("{sink} cannot join: {reason}", {
        sink: subscriber.statistics().name,
        reason: error instanceof Error ? error.message : error,
      });
      return this.remove(subscriber);
    });
  }
}
