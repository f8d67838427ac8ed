import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { StreamerError } from "../errors.ts";
import { within } from "../within.ts";
import { Backlog } from "./backlog.ts";
import { CongestionMonitor } from "./congestion_monitor.ts";
import type { Subscriber } from "./fan_out.ts";
import { LIVE_QUEUE } from "./queue_policy.ts";
import type { Sink, SinkContext, SinkStatistics } from "./sink.ts";
import { SinkRateControl } from "./sink_rate_control.ts";

const logger = getLogger(["cvmmap", "publish"]);

/** Time limit for opening a sink: longer than the timeout of a name server. */
const OPEN_MS = 30_000;
/** Time limit for writing the queued access units when the sink is closed. */
const FLUSH_MS = 1000;
/** Time limit for closing a sink. */
const CLOSE_MS = 5000;

/** Runs a sink: implements the guarantees that {@linkcode Sink} documents. */
export class SinkWorker implements Subscriber {
  readonly #sink: Sink;
  readonly #monitor: CongestionMonitor;
  readonly #backlog: Backlog;
  readonly #written = { accessUnits: 0, bytes: 0, lost: 0 };
  #writing: Promise<void> | undefined;
  /** Arrival time of the access unit that the sink is writing. */
  #writingSinceMs: number | undefined;
  #rateControl: SinkRateControl | undefined;
  #stream: SinkContext | undefined;
  #hasFailed = false;
  #isOpening = false;
  /** Resolves when the sink has opened or failed to open. */
  #opened: Promise<unknown> = Promise.resolve();
  readonly #closeRequested = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;
  #isClosed = false;
  /**
   * Number of access units before the first key frame, which do not count as dropped: the sink starts with a
   * key frame. Zero if the sink was not ready.
   */
  #skippedAtStart: number | undefined;
  /** Whether nothing is written to the sink any more. */
  #isStopped = false;

  /**
   * Creates a worker. Does not call the sink yet.
   *
   * @param requestKeyFrame Requests a key frame from the encoder.
   */
  constructor(sink: Sink, requestKeyFrame: () => void) {
    this.#sink = sink;
    this.#monitor = new CongestionMonitor({
      onCongested: () =>
        logger.warn("{sink} does not keep up; frames are dropped", { sink: sink.name }),
      onRecovered: (dropped) =>
        logger.info("{sink} keeps up again; {dropped} frames were dropped", {
          sink: sink.name,
          dropped,
        }),
    });
    this.#backlog = new Backlog(sink.queue ?? LIVE_QUEUE, requestKeyFrame, this.#monitor);
  }

  /**
   * Opens the sink.
   *
   * @throws What the sink throws, or {@linkcode StreamerError} if it takes too long.
   */
  async open(stream: SinkContext): Promise<void> {
    this.#isOpening = true;
    this.#stream = stream;
    this.#rateControl = SinkRateControl.of(this.#sink, stream);
    const opening = (async () => await this.#sink.open?.(stream))();
    this.#opened = opening.catch(() => {});
    // close() ends the wait.
    const isOver = await within(OPEN_MS, Promise.race([opening, this.#closeRequested.promise]));
    this.#isOpening = this.#closing !== undefined;
    if (isOver) return;
    throw new StreamerError(`${this.#sink.name} did not open within ${OPEN_MS / 1000} s`, {
      code: "sink_not_open",
    });
  }

  /** Whether the sink is closed, and can be opened again. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Writes an access unit to the sink, or queues it until the sink is ready. Never throws. */
  write(unit: AccessUnit): boolean {
    if (this.#isOpening || this.#isStopped) return false;
    if (this.#sink.isReady === false) {
      this.#rateControl?.pause();
      this.#backlog.refuse(unit);
      return false;
    }
    this.#rateControl?.update(this.#backlog, this.#writingSinceMs);
    this.#backlog.offer(unit);
    if (this.#writing === undefined) this.#writeQueued();
    return true;
  }

  /** Returns the statistics of the sink, or else what was written to it; plus what was dropped before. */
  statistics(): SinkStatistics {
    const { accessUnits, bytes, lost } = this.#written;
    const { name } = this.#sink;
    const written = { name, accessUnits, packets: accessUnits, bytes, dropped: 0, healthy: true };
    const statistics: SinkStatistics = this.#sinkStatistics() ?? written;
    const { dropped, refused, bytes: waiting } = this.#backlog;
    return {
      ...statistics,
      dropped: statistics.dropped + lost + refused + dropped -
        (this.#skippedAtStart ?? (refused > 0 ? 0 : dropped)),
      healthy: statistics.healthy && !this.#hasFailed && !this.#monitor.isCongested,
      waitingBytes: (statistics.waitingBytes ?? 0) + waiting,
    };
  }

  /** Writes the queued access units and closes the sink, within a bounded time. Never rejects. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#closeRequested.resolve();
    await within(FLUSH_MS, this.#idle());
    this.#isStopped = true;
    this.#backlog.refuse();
    // A sink with its own statistics also counts the access unit that it is writing.
    if (this.#writing !== undefined && this.#sinkStatistics() === undefined) this.#written.lost++;
    const hasOpened = await within(FLUSH_MS, this.#opened);
    await this.#dispose();
    // Closed again if it opens later.
    if (!hasOpened) this.#opened.then(() => this.#dispose());
    this.#isClosed = true;
    // Removes the last limit of the sink.
    this.#stream?.limitBitrate(this.#sink, undefined);
  }

  async #dispose(): Promise<void> {
    try {
      if (await within(CLOSE_MS, Promise.resolve(this.#sink[Symbol.asyncDispose]?.()))) return;
      logger.warn("{sink} did not close within {seconds} s", {
        sink: this.#sink.name,
        seconds: CLOSE_MS / 1000,
      });
    } catch (error) {
      logger.warn("{sink} did not close cleanly: {error}", { sink: this.#sink.name, error });
    }
  }

  #writeQueued(): void {
    if (this.#sink.isReady === false) return this.#backlog.refuse();
    for (let sinceMs = this.#backlog.oldestMs;; sinceMs = this.#backlog.oldestMs) {
      const unit = this.#backlog.take();
      if (unit === undefined) return;
      const writing = this.#write(unit);
      if (writing === undefined) continue;
      this.#writingSinceMs = sinceMs;
      this.#writing = writing.finally(() => {
        this.#writing = this.#writingSinceMs = undefined;
        if (!this.#isStopped) this.#writeQueued();
      });
      return;
    }
  }

  /** Writes an access unit. Returns a promise that never rejects if the sink writes asynchronously. */
  #write(unit: AccessUnit): Promise<void> | undefined {
    const { dropped, refused } = this.#backlog;
    this.#skippedAtStart ??= refused > 0 ? 0 : dropped;
    this.#rateControl?.written(unit.data.length);
    try {
      const writing = this.#sink.write(unit);
      if (writing === undefined) {
        this.#onWritten(unit);
        return undefined;
      }
      return writing.then(() => this.#onWritten(unit), (error) => this.#onLost(error));
    } catch (error) {
      this.#onLost(error);
      return undefined;
    }
  }

  #onWritten(unit: AccessUnit): void {
    if (this.#isStopped) return;
    this.#hasFailed = false;
    this.#written.accessUnits++;
    this.#written.bytes += unit.data.length;
    this.#monitor.taken(this.#backlog.dropped, performance.now());
  }

  #onLost(error: unknown): void {
    if (this.#isStopped) return;
    if (!this.#hasFailed) {
      logger.error("{sink} failed to take an access unit: {error}", {
        sink: this.#sink.name,
        error,
      });
    }
    this.#hasFailed = true;
    this.#written.lost++;
    this.#backlog.skipToKeyFrame();
  }

  #sinkStatistics(): SinkStatistics | undefined {
    try {
      return this.#sink.statistics?.();
    } catch {
      return undefined;
    }
  }

  async #idle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }
}
