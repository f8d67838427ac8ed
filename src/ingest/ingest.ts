import { getLogger } from "@logtape/logtape";
import { FrameReader } from "../../ffi/frame_reader.ts";
import { EventKind, type ReaderEvent } from "../../ffi/reader_event.ts";
import { monotonicMs } from "../../ffi/clock.ts";
import { describeErrno } from "../../ffi/zmq_library.ts";
import {
  ContractError,
  decodeMessage,
  type Message,
  showLabel,
  type StatusMessage,
} from "../contract/mod.ts";
import { LogLimit } from "../log_limit.ts";
import type { RunningCounters } from "./counters.ts";
import { FramePace } from "./frame_pace.ts";
import { FrameWatch } from "./frame_watch.ts";
import { IdleTimer } from "./idle_timer.ts";
import { Intake } from "./intake.ts";
import type { IngestOptions } from "./options.ts";
import type { FrameConsumer, PictureBuffer } from "./picture.ts";
import { segmentProblem } from "./segment_state.ts";

const logger = getLogger(["cvmmap", "ingest"]);

/** A number this far behind the last is a restart; one less far ahead of it, across the wrap, is not. */
const HALF_OF_U32 = 2 ** 31;
/** How often status messages and resets are told. */
const TOLD = { burst: 6, everyMs: 10_000 };
/** Events that are handled in one turn of the event loop. */
const EVENTS_AT_ONCE = 256;
/** Losses of the connection that are told before the rest is told at debug level only. */
const TOLD_LOSSES = 3;

/** Why reading ended by itself. */
export type IngestEnd = "stopped" | "max_frames" | "idle";

/**
 * Reads one producer's frames for as long as it is wanted, through everything that a producer may do:
 * not be there yet, go away, come back, change its pictures, begin anew.
 */
export class Ingest<B extends PictureBuffer> {
  readonly #options: IngestOptions;
  readonly #consumer: FrameConsumer<B>;
  readonly #counters: RunningCounters;
  readonly #ended = Promise.withResolvers<IngestEnd>();
  #hasEnded = false;
  #lastCount: number | undefined;
  #lost = 0;
  readonly #statuses = new LogLimit(TOLD);
  readonly #resets = new LogLimit(TOLD);
  readonly #failures = new LogLimit({ burst: 1, everyMs: 60_000 });
  #toldStatus: string | undefined;
  #losses = 0;

  /** Counts into `counters`, which the caller may read at any time. */
  constructor(options: IngestOptions, consumer: FrameConsumer<B>, counters: RunningCounters) {
    this.#options = options;
    this.#consumer = consumer;
    this.#counters = counters;
  }

  /**
   * Reads until `signal` is aborted or the options say that it is enough.
   *
   * @param onListening Called when announcements begin to be heard.
   * @throws {StreamerError} When ZeroMQ does not take the endpoint, or a library is missing.
   */
  async run(signal: AbortSignal, onListening?: () => void): Promise<IngestEnd> {
    const { source, idleTimeoutMs } = this.#options;
    const { shmName, zmqEndpoint } = source;
    const onAbort = (): void => this.#end("stopped");
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    using watch = new FrameWatch(() =>
      segmentProblem(shmName) ??
        `shared memory "${shmName}" is there, but nothing is announced at ${zmqEndpoint}`
    );
    using idle = idleTimeoutMs > 0
      ? new IdleTimer(idleTimeoutMs, () => {
        logger.info("No frame for {idleTimeoutMs} ms: ending", { idleTimeoutMs });
        this.#end("idle");
      })
      : undefined;
    await using reader = await FrameReader.open(
      zmqEndpoint,
      shmName,
      () => this.#takeSafely(reader, intake, watch, idle),
    );
    const intake = new Intake({
      reader,
      consumer: this.#consumer,
      counters: this.#counters,
      pace: new FramePace(),
      watch,
      describeAbsence: () => segmentProblem(shmName) ?? `shared memory "${shmName}" was not there`,
    });
    const takeEvents = (): void => this.#takeSafely(reader, intake, watch, idle);
    this.#consumer.feed = {
      renew: () => intake.renew(),
      release: () => {
        reader.handOver(null);
        intake.release();
      },
      handOver: (source) => {
        if (!this.#hasEnded) reader.handOver(source);
      },
      wish: (codec, picturesToo) => {
        if (this.#hasEnded) return;
        reader.wish(codec, picturesToo);
        if (!picturesToo) intake.forget();
      },
      catchUp: takeEvents,
    };
    logger.info("Waiting for frames of {shm} announced at {endpoint}", {
      shm: shmName,
      endpoint: zmqEndpoint,
    });
    onListening?.();
    try {
      return await this.#ended.promise;
    } finally {
      this.#hasEnded = true;
      signal.removeEventListener("abort", onAbort);
      this.#consumer.feed = undefined;
      reader.handOver(null);
      reader.withdraw();
      this.#deliverHandedOver(reader, intake);
      intake.end();
    }
  }

  #end(end: IngestEnd): void {
    this.#hasEnded = true;
    this.#ended.resolve(end);
  }

  #takeSafely(
    ...parts: [FrameReader, Intake<B>, FrameWatch, IdleTimer | undefined]
  ): void {
    if (this.#hasEnded) return;
    try {
      this.#takeEvents(...parts);
    } catch (error) {
      this.#ended.reject(error);
    }
  }

  /** What the consumer has, it must be told of, also after the end. */
  #deliverHandedOver(reader: FrameReader, intake: Intake<B>): void {
    for (let left = EVENTS_AT_ONCE; left > 0; left--) {
      const event = reader.next();
      if (event === undefined) return;
      if (event.kind === EventKind.Frame && event.handedOver) this.#onFrame(event, intake);
    }
  }

  #takeEvents(
    reader: FrameReader,
    intake: Intake<B>,
    watch: FrameWatch,
    idle: IdleTimer | undefined,
  ): void {
    const { maxFrames } = this.#options;
    let left = EVENTS_AT_ONCE;
    while (!this.#hasEnded) {
      const event = reader.next();
      if (event === undefined) break;
      switch (event.kind) {
        case EventKind.Frame:
          if (this.#onFrame(event, intake)) idle?.touch();
          break;
        case EventKind.Message:
          this.#onMessage(event, watch);
          break;
        case EventKind.Failed:
          if (this.#failures.take(monotonicMs()) === undefined) break;
          logger.error("Cannot listen to {endpoint}: {reason}. Trying again every second", {
            endpoint: this.#options.source.zmqEndpoint,
            reason: describeErrno(event.errno),
          });
          break;
        default:
          this.#onConnection(event.kind === EventKind.Connected);
      }
      if (maxFrames > 0 && this.#counters.ingested >= maxFrames) this.#end("max_frames");
      if (--left === 0) {
        // A producer that floods us must not keep everything else from happening.
        setTimeout(() => this.#takeSafely(reader, intake, watch, idle));
        break;
      }
    }
    this.#counters.invalidMessages += reader.lost - this.#lost;
    this.#lost = reader.lost;
  }

  /** Whether it was a frame that can be streamed. */
  #onFrame(event: ReaderEvent, intake: Intake<B>): boolean {
    const usable = intake.onFrame(event);
    const { announcements } = event;
    if (announcements > 0) {
      this.#counters.received += announcements;
      this.#observeCount(event.frameCount);
    }
    return usable;
  }

  #onMessage(event: ReaderEvent, watch: FrameWatch): void {
    const decoded = this.#decode(event, watch);
    if (decoded?.type === "status") this.#onStatus(decoded.message);
  }

  #decode({ message, messageLength }: ReaderEvent, watch: FrameWatch): Message | undefined {
    try {
      if (messageLength > message.length) {
        throw new ContractError(
          "message_magic",
          `Unknown message: got ${messageLength} bytes, allowed are 48 (sync) and 32 (status)`,
        );
      }
      return decodeMessage(message);
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      watch.invalidMessage(error.message);
      if (this.#counters.invalidMessages++ === 0) {
        logger.warn(
          "A message of the producer is not valid and is passed over, as all like it: {reason}",
          { reason: error.message },
        );
      }
      return undefined;
    }
  }

  #onStatus({ status, label }: StatusMessage): void {
    const news = `${status} ${label}`;
    // A producer may repeat itself with every frame; the log need not.
    if (news !== this.#toldStatus && this.#statuses.take(monotonicMs()) !== undefined) {
      logger.info("Producer {label} says: {status}", { label: showLabel(label), status });
    }
    this.#toldStatus = news;
    if (status === "stream_reset") this.#counters.reset++;
    // Whatever number comes next, it has been told: it is no second reset.
    this.#lastCount = undefined;
  }

  #observeCount(frameCount: number): void {
    const last = this.#lastCount;
    this.#lastCount = frameCount;
    if (last === undefined || ((frameCount - last) >>> 0) < HALF_OF_U32) return;
    this.#counters.reset++;
    const untold = this.#resets.take(monotonicMs());
    if (untold === undefined) return;
    logger.info(
      "The producer began anew: frame {now} came after frame {last}" +
        (untold > 0 ? " (and {untold} more times)" : ""),
      { now: frameCount, last, untold },
    );
  }

  #onConnection(isConnected: boolean): void {
    const endpoint = this.#options.source.zmqEndpoint;
    if (!isConnected) this.#losses++;
    // A producer that was there from the beginning is no news, nor one that comes and goes.
    const isNews = this.#losses > 0 && this.#losses <= TOLD_LOSSES;
    const tell = (message: string): void =>
      isNews ? logger.info(message, { endpoint }) : logger.debug(message, { endpoint });
    if (isConnected) tell("Connected to {endpoint}");
    else if (this.#toldStatus?.startsWith("offline ")) tell("The producer at {endpoint} has gone");
    else {
      tell(
        "Lost the connection to {endpoint}: the producer has gone, cannot be reached, or has sent a " +
          "message of more than 16 MiB. Connecting again" +
          (this.#losses === TOLD_LOSSES ? "; from now on this is logged as debug" : ""),
      );
    }
  }
}
