import { getLogger } from "@logtape/logtape";
import { Announcements } from "../../ffi/announcements.ts";
import { ContractError, decodeMessage, type StatusMessage } from "../contract/mod.ts";
import { type Announced, CoherentReader } from "./coherent_reader.ts";
import type { IngestCounters } from "./counters.ts";
import { FramePace } from "./frame_pace.ts";
import { MediaClock } from "./media_clock.ts";
import type { IngestOptions } from "./options.ts";
import type { FrameConsumer, PictureBuffer } from "./picture.ts";
import { ProducerSegment } from "./producer_segment.ts";
import { Silence } from "./silence.ts";

const logger = getLogger(["cvmmap", "ingest"]);

/** Silence that a user should hear about. */
const QUIET_AFTER_MS = 2000;
/** A number this far behind the last is a restart; one less far ahead of it, across the wrap, is not. */
const HALF_OF_U32 = 2 ** 31;

/** Why reading ended by itself. */
export type IngestEnd = "stopped" | "max_frames" | "idle";

/**
 * Reads one producer's frames for as long as it is wanted, through everything that a producer may do:
 * not be there yet, go away, come back, change its pictures, begin anew.
 */
export class Ingest<B extends PictureBuffer> {
  readonly #options: IngestOptions;
  readonly #consumer: FrameConsumer<B>;
  readonly #counters: IngestCounters;
  readonly #pace = new FramePace();
  readonly #clock = new MediaClock();
  #lastCount: number | undefined;
  #lost = 0;
  #told: string | undefined;
  #toldStatus: string | undefined;
  #end: IngestEnd | undefined;

  /** Counts into `counters`, which the caller may read at any time. */
  constructor(options: IngestOptions, consumer: FrameConsumer<B>, counters: IngestCounters) {
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
    const { source, idleTimeoutMs, maxFrames } = this.#options;
    await using announcements = new Announcements(source.zmqEndpoint);
    using segment = new ProducerSegment(source.shmName, {
      unmapping: () => reader.forget(),
      remapped: () => this.#counters.remapped++,
    });
    const reader = new CoherentReader(segment, announcements, this.#pace, this.#consumer);
    const finish = (end: IngestEnd): void => {
      this.#end ??= end;
      announcements.interrupt();
    };
    const onAbort = (): void => finish("stopped");
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    using quiet = new Silence(QUIET_AFTER_MS, () => this.#tellQuiet(segment));
    using idle = idleTimeoutMs > 0 ? new Silence(idleTimeoutMs, () => finish("idle")) : undefined;
    logger.info("Waiting for frames of {shm} announced at {endpoint}", {
      shm: source.shmName,
      endpoint: source.zmqEndpoint,
    });
    onListening?.();
    try {
      while (await announcements.wait()) {
        const announced = this.#takeNewest(announcements);
        if (announced === undefined) continue;
        const heard = this.#read(reader, segment, announced);
        // Behind the reading, which has no time to lose. Of messages that came at once, only the newest tells
        // of the pace: the others had been held up.
        this.#pace.observe(announced.sync.frameCount, announced.arrivedMs);
        reader.prepare();
        if (!heard) continue;
        const silentMs = quiet.heard();
        idle?.heard();
        if (silentMs > QUIET_AFTER_MS) this.#tellAgain(silentMs);
        if (maxFrames > 0 && this.#counters.ingested >= maxFrames) finish("max_frames");
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    return this.#end ?? "stopped";
  }

  /** Takes every message that is there; the newest announcement is the one that counts. */
  #takeNewest(announcements: Announcements): Announced | undefined {
    let newest: Announced | undefined;
    for (const { message, ...arrival } of announcements.take()) {
      try {
        const decoded = decodeMessage(message);
        if (decoded.type === "status") {
          this.#onStatus(decoded.message);
          continue;
        }
        this.#counters.received++;
        if (newest !== undefined) this.#counters.stale++;
        newest = { sync: decoded.message, ...arrival };
        this.#observeCount(newest.sync.frameCount);
      } catch (error) {
        if (!(error instanceof ContractError)) throw error;
        if (this.#counters.invalidMessages++ === 0) {
          logger.warn(
            "A message of the producer is not valid and is passed over, as all like it: {reason}",
            {
              reason: error.message,
            },
          );
        }
      }
    }
    this.#countLost(announcements.lost);
    return newest;
  }

  /** Announcements that came faster than they were taken were received, and were stale. */
  #countLost(lost: number): void {
    this.#counters.received += lost - this.#lost;
    this.#counters.stale += lost - this.#lost;
    this.#lost = lost;
  }

  #onStatus({ status, label }: StatusMessage): void {
    const news = `${status} ${label}`;
    // A producer may repeat itself with every frame; the log need not.
    if (news !== this.#toldStatus) {
      logger.info("Producer {label} says: {status}", { label, status });
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
    logger.info("The producer began anew: frame {now} came after frame {last}", {
      now: frameCount,
      last,
    });
  }

  /** Reads one frame and hands it on. False when there was nothing that could be read. */
  #read(reader: CoherentReader<B>, segment: ProducerSegment, announced: Announced): boolean {
    const reading = reader.read(announced);
    switch (reading.kind) {
      case "whole": {
        const { picture, buffer, confirm } = reading;
        const { frameCount, timestampNs } = picture;
        this.#counters.ingested++;
        this.#tell(undefined);
        const { ptsUs, captureUnixUs } = this.#clock.place(
          timestampNs,
          announced.arrivedMs,
          announced.arrivedUnixUs,
        );
        this.#consumer.deliver({ buffer, frameCount, ptsUs, captureUnixUs, confirm });
        return true;
      }
      case "rejected":
        this.#counters.rejected++;
        this.#tell(reading.reason);
        return false;
      case "absent":
        this.#counters.rejected++;
        this.#tell(`A frame was announced, but ${segment.describeAbsence()}`);
        return false;
      default:
        this.#counters[reading.kind]++;
        return true;
    }
  }

  /** Tells once about a state that hinders frames, and about its end. */
  #tell(trouble: string | undefined): void {
    if (trouble === this.#told) return;
    this.#told = trouble;
    if (trouble === undefined) logger.info("Frames can be read");
    else logger.warn("{trouble}", { trouble });
  }

  #tellQuiet(segment: ProducerSegment): void {
    const { shmName, zmqEndpoint } = this.#options.source;
    const why = segment.current() === undefined
      ? segment.describeAbsence()
      : `shared memory "${shmName}" is there, but nothing is announced at ${zmqEndpoint}`;
    logger.warn("No frames: {why}. Waiting for the producer", { why });
  }

  #tellAgain(silentMs: number): void {
    logger.info("Frames again after {seconds} s", { seconds: (silentMs / 1000).toFixed(1) });
  }
}
