import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { StreamerError } from "../errors.ts";
import { Backlog } from "./backlog.ts";
import type { Subscriber } from "./fan_out.ts";
import { FlowWatch } from "./flow_watch.ts";
import { SinkPace } from "./sink_pace.ts";
import { LIVE_QUEUE } from "./queue_policy.ts";
import type { Sink, SinkContext, SinkStatistics } from "./sink.ts";
import { within } from "../within.ts";

const logger = getLogger(["cvmmap", "publish"]);

/** How long a sink may take to open: longer than a name server that does not answer. */
const OPEN_MS = 30_000;
/** How long a sink may take for what waits, when the stream ends. */
const FLUSH_MS = 1000;
/** And how long to close then. */
const CLOSE_MS = 5000;

/** One sink, and what keeps the promises that {@linkcode Sink} makes for it and asks of it. */
export class SinkWorker implements Subscriber {
  readonly #sink: Sink;
  readonly #flow: FlowWatch;
  readonly #backlog: Backlog;
  readonly #written = { accessUnits: 0, bytes: 0, lost: 0 };
  #writing: Promise<void> | undefined;
  /** When the unit came that the sink is taking. */
  #writingSinceMs: number | undefined;
  #pace: SinkPace | undefined;
  #stream: SinkContext | undefined;
  #broken = false;
  #isOpening = false;
  /** Settles when the sink has opened, or has not. */
  #opened: Promise<unknown> = Promise.resolve();
  readonly #leaving = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;
  #isClosed = false;
  /** What came before the first key frame, which the sink was never to have; not so where it was not ready. */
  #notMeant: number | undefined;
  #closed = false;

  /**
   * Nothing happens to the sink yet.
   *
   * @param requestKeyFrame Asks the encoder for a key frame.
   */
  constructor(sink: Sink, requestKeyFrame: () => void) {
    this.#sink = sink;
    this.#flow = new FlowWatch({
      onBehind: () =>
        logger.warn("{sink} does not keep up; frames are dropped", { sink: sink.name }),
      onFlowing: (dropped) =>
        logger.info("{sink} keeps up again; {dropped} frames were dropped", {
          sink: sink.name,
          dropped,
        }),
    });
    this.#backlog = new Backlog(sink.queue ?? LIVE_QUEUE, requestKeyFrame, this.#flow);
  }

  /**
   * Opens the sink.
   *
   * @throws What the sink throws, or that it took too long.
   */
  async open(stream: SinkContext): Promise<void> {
    this.#isOpening = true;
    this.#stream = stream;
    this.#pace = SinkPace.of(this.#sink, stream);
    const opening = (async () => await this.#sink.open?.(stream))();
    this.#opened = opening.catch(() => {});
    // One that is closed meanwhile keeps no one waiting.
    const isOver = await within(OPEN_MS, Promise.race([opening, this.#leaving.promise]));
    this.#isOpening = this.#closing !== undefined;
    if (isOver) return;
    throw new StreamerError(`${this.#sink.name} did not open within ${OPEN_MS / 1000} s`, {
      code: "sink_not_open",
    });
  }

  /** Whether the sink is closed, and could be opened again. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Gives the sink an access unit, now or when it has time. Never throws. */
  write(unit: AccessUnit): void {
    if (this.#isOpening || this.#closed) return;
    if (this.#sink.isReady === false) {
      this.#pace?.pause();
      return this.#backlog.refuse(unit);
    }
    this.#pace?.look(this.#backlog, this.#writingSinceMs);
    this.#backlog.offer(unit);
    if (this.#writing === undefined) this.#giveWhatWaits();
  }

  /** What the sink says that it has sent, or what it was given, and in both cases what it was not. */
  statistics(): SinkStatistics {
    const { accessUnits, bytes, lost } = this.#written;
    const { name } = this.#sink;
    const given = { name, accessUnits, packets: accessUnits, bytes, dropped: 0, healthy: true };
    const told: SinkStatistics = this.#told() ?? given;
    const { dropped, refused, bytes: waiting } = this.#backlog;
    return {
      ...told,
      dropped: told.dropped + lost + refused + dropped -
        (this.#notMeant ?? (refused > 0 ? 0 : dropped)),
      healthy: told.healthy && !this.#broken && !this.#flow.isBehind,
      waitingBytes: (told.waitingBytes ?? 0) + waiting,
    };
  }

  /** Gives the sink a little time for what waits, and closes it. Never rejects, and not late. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#leaving.resolve();
    await within(FLUSH_MS, this.#idle());
    this.#closed = true;
    this.#backlog.refuse();
    // A sink that counts for itself counts that one, too.
    if (this.#writing !== undefined && this.#told() === undefined) this.#written.lost++;
    const hasOpened = await within(FLUSH_MS, this.#opened);
    await this.#dispose();
    // What it gets so late, it has to give back again.
    if (!hasOpened) this.#opened.then(() => this.#dispose());
    this.#isClosed = true;
    // Whatever it has said until now.
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

  #giveWhatWaits(): void {
    if (this.#sink.isReady === false) return this.#backlog.refuse();
    for (let sinceMs = this.#backlog.oldestMs;; sinceMs = this.#backlog.oldestMs) {
      const unit = this.#backlog.take();
      if (unit === undefined) return;
      const writing = this.#give(unit);
      if (writing === undefined) continue;
      this.#writingSinceMs = sinceMs;
      this.#writing = writing.finally(() => {
        this.#writing = this.#writingSinceMs = undefined;
        if (!this.#closed) this.#giveWhatWaits();
      });
      return;
    }
  }

  /** A promise that never rejects, where the sink takes its time. */
  #give(unit: AccessUnit): Promise<void> | undefined {
    const { dropped, refused } = this.#backlog;
    this.#notMeant ??= refused > 0 ? 0 : dropped;
    this.#pace?.given(unit.data.length);
    try {
      const writing = this.#sink.write(unit);
      if (writing === undefined) {
        this.#onTaken(unit);
        return undefined;
      }
      return writing.then(() => this.#onTaken(unit), (error) => this.#onLost(error));
    } catch (error) {
      this.#onLost(error);
      return undefined;
    }
  }

  #onTaken(unit: AccessUnit): void {
    if (this.#closed) return;
    this.#broken = false;
    this.#written.accessUnits++;
    this.#written.bytes += unit.data.length;
    this.#flow.taken(this.#backlog.dropped, performance.now());
  }

  #onLost(error: unknown): void {
    if (this.#closed) return;
    if (!this.#broken) {
      logger.error("{sink} failed to take an access unit: {error}", {
        sink: this.#sink.name,
        error,
      });
    }
    this.#broken = true;
    this.#written.lost++;
    this.#backlog.skipToKeyFrame();
  }

  #told(): SinkStatistics | undefined {
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
