import type { AccessUnit } from "../bitstream/access_unit.ts";
import { Backlog } from "./backlog.ts";
import type { Subscriber } from "./fan_out.ts";
import { LIVE_QUEUE } from "./queue_policy.ts";
import type { SinkStatistics } from "./sink.ts";

/** Options of `Stream.accessUnits()`. */
export interface AccessUnitsOptions {
  /**
   * Maximum time that an access unit waits for the loop, in milliseconds: 50 to 60000. When the oldest one has
   * waited longer, all queued access units are dropped, and everything up to the next key frame.
   *
   * @default 1000
   */
  readonly maxQueueMs?: number;
}

/** Passes the access units of a stream to a loop, with a bounded {@linkcode Backlog}. */
export class AccessUnitReader implements Subscriber {
  readonly #backlog: Backlog;
  readonly #read = { accessUnits: 0, bytes: 0 };
  #arrival = Promise.withResolvers<void>();

  /**
   * Creates a reader. Its first access unit is the next key frame.
   *
   * @param maxQueueMs Maximum age of the oldest queued access unit, in milliseconds.
   * @param requestKeyFrame Requests a key frame from the encoder.
   */
  constructor(maxQueueMs: number, requestKeyFrame: () => void) {
    this.#backlog = new Backlog({ ...LIVE_QUEUE, maxAgeMs: maxQueueMs }, requestKeyFrame);
  }

  /** Does nothing: a reader is always open. */
  open(): Promise<void> {
    return Promise.resolve();
  }

  /** Queues an access unit for the loop. */
  write(unit: AccessUnit): boolean {
    this.#backlog.offer(unit);
    this.#arrival.resolve();
    return true;
  }

  /** Returns what the loop has read. */
  statistics(): SinkStatistics {
    const { accessUnits, bytes } = this.#read;
    const { dropped } = this.#backlog;
    return {
      name: "access units",
      accessUnits,
      packets: accessUnits,
      bytes,
      dropped,
      healthy: true,
    };
  }

  /** Does nothing: queued access units can still be read. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Returns the access units, for one loop.
   *
   * @param run Called when the loop starts. The loop ends when the returned promise settles.
   * @param onLeft Called when the loop is left before that.
   * @throws What `run` rejects with, after the last access unit.
   */
  async *units(
    run: () => Promise<unknown>,
    onLeft: () => void,
  ): AsyncGenerator<AccessUnit, void, void> {
    const end: { over: boolean; failure?: { readonly error: unknown } } = { over: false };
    run().catch((error) => end.failure = { error }).finally(() => {
      end.over = true;
      this.#arrival.resolve();
    });
    try {
      for (;;) {
        for (let unit = this.#backlog.take(); unit !== undefined; unit = this.#backlog.take()) {
          this.#read.accessUnits++;
          this.#read.bytes += unit.data.length;
          yield unit;
        }
        if (end.over) break;
        await this.#arrival.promise;
        this.#arrival = Promise.withResolvers<void>();
      }
    } finally {
      if (!end.over) onLeft();
    }
    if (end.failure !== undefined) throw end.failure.error;
  }
}
