import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { SinkContext, SinkStatistics } from "./sink.ts";

const logger = getLogger(["cvmmap", "publish"]);

/** A consumer of access units. It must never throw, except in `open`, and never block. */
export interface Subscriber {
  /** Opens the consumer. Rejects if it cannot be opened. */
  open(stream: SinkContext): Promise<void>;
  /** Takes an access unit. Returns immediately whether it accepts access units now, and never throws. */
  write(unit: AccessUnit): boolean;
  /** Returns what it has taken. */
  statistics(): SinkStatistics;
  /** Closes the consumer, within a bounded time. Never rejects. */
  close(): Promise<void>;
}

/** Passes every access unit to every consumer. Consumers can be added and removed at any time. */
export class FanOut implements AsyncDisposable {
  readonly #subscribers = new Set<Subscriber>();
  readonly #leaving = new Set<Promise<void>>();
  #stream: SinkContext | undefined;
  #isClosed = false;

  /** Whether it is closed, and accepts no more consumers. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Adds a consumer, which is closed on disposal. After {@linkcode open}, the consumer is opened immediately. If
   * that fails, it is closed and removed, and the others are not affected.
   */
  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
    if (this.#stream !== undefined) this.#join(subscriber, this.#stream);
  }

  /** Whether a consumer was added, and not removed. */
  has(subscriber: Subscriber): boolean {
    return this.#subscribers.has(subscriber);
  }

  /** Removes a consumer and closes it. */
  async remove(subscriber: Subscriber): Promise<void> {
    this.#subscribers.delete(subscriber);
    const closing = subscriber.close();
    this.#leaving.add(closing);
    await closing;
    this.#leaving.delete(closing);
  }

  /**
   * Opens all consumers concurrently.
   *
   * @throws The first error of a consumer.
   */
  async open(stream: SinkContext): Promise<void> {
    this.#stream = stream;
    await Promise.all([...this.#subscribers].map(async (subscriber) => {
      try {
        await subscriber.open(stream);
      } catch (error) {
        // Ignored if the consumer was removed in the meantime.
        if (this.#subscribers.has(subscriber)) throw error;
      }
    }));
  }

  /**
   * Passes an access unit to all consumers. Never throws.
   *
   * @returns Whether a consumer accepts it; true without consumers.
   */
  write(unit: AccessUnit): boolean {
    let isTaken = this.#subscribers.size === 0;
    for (const subscriber of this.#subscribers) if (subscriber.write(unit)) isTaken = true;
    return isTaken;
  }

  /** Returns what each consumer has taken so far. */
  statistics(): SinkStatistics[] {
    return [...this.#subscribers].map((subscriber) => subscriber.statistics());
  }

  /** Closes all consumers concurrently. */
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
