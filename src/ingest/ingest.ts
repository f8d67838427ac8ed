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
import { RateLimit } from "../rate_limit.ts";
import type { RunningCounters } from "./counters.ts";
import { FramePace } from "./frame_pace.ts";
import { FrameHandler } from "./frame_handler.ts";
import { FrameWatch } from "./frame_watch.ts";
import { IdleTimer } from "./idle_timer.ts";
import type { IngestOptions } from "./options.ts";
import type { FrameConsumer, PictureBuffer } from "./picture.ts";
import { segmentProblem } from "./segment_problem.ts";

const logger = getLogger(["cvmmap", "ingest"]);

/** Frame numbers wrap: a number less than this far ahead of the last one follows it, any other is a restart. */
const HALF_OF_U32 = 2 ** 31;
/** Log limit for status messages and for resets. */
const LOG_LIMIT = { burst: 6, everyMs: 10_000 };
/** Most events handled in one turn of the event loop. */
const EVENTS_PER_TURN = 256;
/** Connection losses logged as info; later ones are logged as debug. */
const LOGGED_LOSSES = 3;

/** Why reading ended. */
export type IngestEnd = "stopped" | "max_frames" | "idle";

/**
 * Reads the frames of one producer. It keeps reading if the producer starts late, stops, restarts, changes its picture
 * format or resets its stream.
 */
export class Ingest<B extends PictureBuffer> {
  readonly #options: IngestOptions;
  readonly #consumer: FrameConsumer<B>;
  readonly #counters: RunningCounters;
  readonly #ended = Promise.withResolvers<IngestEnd>();
  #hasEnded = false;
  #lastCount: number | undefined;
  #lost = 0;
  readonly #statusRateLimit = new RateLimit(LOG_LIMIT);
  readonly #resetRateLimit = new RateLimit(LOG_LIMIT);
  readonly #failureRateLimit = new RateLimit({ burst: 1, everyMs: 60_000 });
  #lastStatus: string | undefined;
  #losses = 0;

  /** Updates `counters`, which the caller may read at any time. */
  constructor(options: IngestOptions, consumer: FrameConsumer<B>, counters: RunningCounters) {
    this.#options = options;
    this.#consumer = consumer;
    this.#counters = counters;
  }

  /**
   * Reads until `signal` is aborted or a limit of the options is reached.
   *
   * @param onListening Called once announcements can be received.
   * @throws {StreamerError} If ZeroMQ rejects the endpoint, or a library is missing.
   */
  async run(signal: AbortSignal, onListening?: () => void): Promise<IngestEnd> {
    const { source, idleTimeoutMs } = this.#options;
    const { shmName, zmqEndpoint } = source;
    const onAbort = (): void => this.#end("stopped");
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    using watch = new FrameWatch(() =>
      segmentProblem(shmName) ??
        `shared memory "${shmName}" exists, but nothing is announced at ${zmqEndpoint}`
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
      () => this.#takeEvents(reader, frames, watch, idle),
    );
    const frames = new FrameHandler({
      reader,
      consumer: this.#consumer,
      counters: this.#counters,
      pace: new FramePace(),
      watch,
      describeAbsence: () => segmentProblem(shmName) ?? `shared memory "${shmName}" was not there`,
    });
    this.#consumer.feed = {
      renew: () => frames.renew(),
      release: () => {
        reader.handOver(null);
        frames.release();
      },
      handOver: (source) => {
        if (!this.#hasEnded) reader.handOver(source);
      },
      requestCoded: (codec, withPictures) => {
        if (this.#hasEnded) return;
        reader.wish(codec, withPictures);
        if (!withPictures) frames.stopPictures();
      },
      catchUp: () => this.#takeEvents(reader, frames, watch, idle),
    };
    onListening?.();
    try {
      return await this.#ended.promise;
    } finally {
      this.#hasEnded = true;
      signal.removeEventListener("abort", onAbort);
      this.#consumer.feed = undefined;
      reader.handOver(null);
      reader.withdraw();
      this.#deliverHandedOver(reader, frames);
      frames.end();
    }
  }

  #end(end: IngestEnd): void {
    this.#hasEnded = true;
    this.#ended.resolve(end);
  }

  /** Delivers the frames that the consumer already owns, even after the end. */
  #deliverHandedOver(reader: FrameReader, frames: FrameHandler<B>): void {
    for (let left = EVENTS_PER_TURN; left > 0; left--) {
      const event = reader.next();
      if (event === undefined) return;
      if (event.kind === EventKind.Frame && event.handedOver) this.#onFrame(event, frames);
    }
  }

  /** Handles the pending events. An error ends {@linkcode run}. */
  #takeEvents(
    reader: FrameReader,
    frames: FrameHandler<B>,
    watch: FrameWatch,
    idle: IdleTimer | undefined,
  ): void {
    if (this.#hasEnded) return;
    try {
      this.#handleEvents(reader, frames, watch, idle);
    } catch (error) {
      this.#ended.reject(error);
    }
  }

  #handleEvents(
    reader: FrameReader,
    frames: FrameHandler<B>,
    watch: FrameWatch,
    idle: IdleTimer | undefined,
  ): void {
    const { maxFrames } = this.#options;
    let left = EVENTS_PER_TURN;
    while (!this.#hasEnded) {
      const event = reader.next();
      if (event === undefined) break;
      switch (event.kind) {
        case EventKind.Frame:
          if (this.#onFrame(event, frames)) idle?.touch();
          break;
        case EventKind.Message:
          this.#onMessage(event, watch);
          break;
        case EventKind.Failed:
          if (this.#failureRateLimit.take(monotonicMs()) === undefined) break;
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
        // A flood of messages must not block the event loop.
        setTimeout(() => this.#takeEvents(reader, frames, watch, idle));
        break;
      }
    }
    this.#counters.invalidMessages += reader.lost - this.#lost;
    this.#lost = reader.lost;
  }

  /** Returns whether the frame can be streamed. */
  #onFrame(event: ReaderEvent, frames: FrameHandler<B>): boolean {
    const usable = frames.onFrame(event);
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
          "The producer sent an invalid message; it and all further ones are ignored: {reason}",
          { reason: error.message },
        );
      }
      return undefined;
    }
  }

  #onStatus({ status, label }: StatusMessage): void {
    const current = `${status} ${label}`;
    // A producer may repeat its status with every frame.
    if (current !== this.#lastStatus && this.#statusRateLimit.take(monotonicMs()) !== undefined) {
      logger.info("Producer {label} says: {status}", { label: showLabel(label), status });
    }
    this.#lastStatus = current;
    if (status === "stream_reset") this.#counters.reset++;
    // The reset is already counted: the next frame number must not count as a second one.
    this.#lastCount = undefined;
  }

  #observeCount(frameCount: number): void {
    const last = this.#lastCount;
    this.#lastCount = frameCount;
    if (last === undefined || ((frameCount - last) >>> 0) < HALF_OF_U32) return;
    this.#counters.reset++;
    const suppressed = this.#resetRateLimit.take(monotonicMs());
    if (suppressed === undefined) return;
    logger.info(
      "The producer restarted: frame {now} followed frame {last}" +
        (suppressed > 0 ? " (and {untold} more times)" : ""),
      { now: frameCount, last, untold: suppressed },
    );
  }

  #onConnection(isConnected: boolean): void {
    const endpoint = this.#options.source.zmqEndpoint;
    if (!isConnected) this.#losses++;
    // The first connection is expected, and a producer that comes and goes would fill the log.
    const level = this.#losses > 0 && this.#losses <= LOGGED_LOSSES ? "info" : "debug";
    if (isConnected) logger[level]("Connected to {endpoint}", { endpoint });
    else if (this.#lastStatus?.startsWith("offline ")) {
      logger[level]("The producer at {endpoint} went offline", { endpoint });
    } else {
      logger[level](
        "Lost the connection to {endpoint}: the producer stopped, cannot be reached, or sent a " +
          "message of more than 16 MiB. Reconnecting" +
          (this.#losses === LOGGED_LOSSES ? "; further losses are logged as debug" : ""),
        { endpoint },
      );
    }
  }
}
