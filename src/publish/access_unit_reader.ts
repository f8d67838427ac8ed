import type { AccessUnit } from "../bitstream/access_unit.ts";
import { Backlog } from "./backlog.ts";
import type { Subscriber } from "./fan_out.ts";
import { LIVE_QUEUE } from "./queue_policy.ts";
import type { SinkStatistics } from "./sink.ts";

/** Hands the access units of a stream to a loop. What waits for it is bounded: see {@linkcode Backlog}. */
export class AccessUnitReader implements Subscriber {
  readonly #backlog: Backlog;
  readonly #read = { accessUnits: 0, bytes: 0 };
  #arrival = Promise.withResolvers<void>();

  /**
   * Begins with the first key frame that comes.
   *
   * @param maxQueueMs Age of what waits at which all of it is dropped.
   * @param requestKeyFrame Asks the encoder for a key frame.
   */
  constructor(maxQueueMs: number, requestKeyFrame: () => void) {
    this.#backlog = new Backlog({ ...LIVE_QUEUE, maxAgeMs: maxQueueMs }, requestKeyFrame);
  }

  /** It is open. */
  open(): Promise<void> {
    return Promise.resolve();
  }

  /** Keeps an access unit until the loop asks for it. */
  write(unit: AccessUnit): void {
    this.#backlog.offer(unit);
    this.#arrival.resolve();
  }

  /** What the loop has taken. */
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

  /** What waits can still be read. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * The access units, for one loop.
   *
   * @param run Is called when the first one is asked for; when what it returns is settled, no more come.
   * @param onLeft Is called when the loop is left before that.
   * @throws What `run` rejects with, behind the last access unit.
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
