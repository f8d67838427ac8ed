import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { ExitCode, StreamerError } from "../errors.ts";
import { FrameQueue } from "../ingest/frame_queue.ts";
import {
  type Frame,
  type FrameConsumer,
  type PictureFormat,
  sameFormat,
} from "../ingest/picture.ts";
import type { EncoderCandidate } from "./candidates.ts";
import { Encoder, type EncoderBuffer } from "./encoder.ts";
import type { EncodeOptions } from "./options.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** Frames that a hardware encoder may take without giving an access unit before software replaces it. */
const SILENT_FRAMES = 60;
/** How long an encoder may take to give what it has, in milliseconds, before it is cut off. */
const DRAIN_LIMIT_MS = 5000;
/** Times that an encoder which has worked is started again without an access unit in between. */
const MAX_RESTARTS = 3;

/** What the stream hears from its encoder. */
export interface ReliableEncoderEvents {
  /** An access unit, in decoding order. */
  unit(unit: AccessUnit): void;
  /** An access unit was kept back: its frame was torn, or it refers to one that was. */
  withheld(why: "torn" | "dropped"): void;
  /** Frames gave way to newer ones, or to a change of encoder. */
  dropped(count: number): void;
  /** No encoder is left that works. */
  failed(error: StreamerError): void;
}

/** One encoder in its time at work. */
interface Shift {
  readonly encoder: Encoder;
  /** Whether it waits for a frame. */
  hungry: boolean;
  /** Why it gives nothing more. */
  failure?: string;
  /** Frames offered to it since it last gave an access unit. */
  silentFrames: number;
}

/**
 * The encoder as the stream sees it: it takes frames of any format and gives access units, whatever
 * happens to the GStreamer pipeline behind it. A new picture format starts a new pipeline; one that
 * fails or falls silent gives way to the next candidate. Frames that come meanwhile are dropped, never
 * kept waiting.
 */
export class ReliableEncoder implements FrameConsumer<EncoderBuffer>, AsyncDisposable {
  readonly #options: EncodeOptions;
  readonly #events: ReliableEncoderEvents;
  readonly #queue: FrameQueue<EncoderBuffer>;
  #candidates: readonly EncoderCandidate[];
  #shift: Shift | undefined;
  #change: Promise<void> | undefined;
  #restarts = 0;
  #ended = false;

  /**
   * @param candidates What may be tried, best first; at least one.
   * @param queueSize Frames that may wait while the encoder is busy.
   */
  constructor(
    candidates: readonly EncoderCandidate[],
    options: EncodeOptions,
    queueSize: number,
    events: ReliableEncoderEvents,
  ) {
    this.#candidates = candidates;
    this.#options = options;
    this.#events = events;
    this.#queue = new FrameQueue(queueSize);
  }

  /** The element at work, for example `x264enc`. */
  get element(): string | undefined {
    return this.#shift?.encoder.candidate.element;
  }

  /** Format of the pictures at work on. */
  get format(): PictureFormat | undefined {
    return this.#shift?.encoder.format;
  }

  /** Memory for a picture of this format; undefined while an encoder for it is being started. */
  acquire(format: PictureFormat): EncoderBuffer | undefined {
    if (this.#ended || this.#change !== undefined) return undefined;
    const encoder = this.#shift?.encoder;
    if (encoder !== undefined && sameFormat(encoder.format, format)) return encoder.acquire();
    this.#begin(format);
    return undefined;
  }

  /** Encodes the frame now, or as soon as the encoder is free. */
  deliver(frame: Frame<EncoderBuffer>): void {
    const shift = this.#shift;
    // Its memory may have been taken before a change began.
    const late = this.#ended || this.#change !== undefined;
    if (shift === undefined || late || frame.buffer.encoder !== shift.encoder) {
      frame.buffer.discard();
      this.#events.dropped(1);
      return;
    }
    shift.silentFrames++;
    if (shift.silentFrames > SILENT_FRAMES && shift.encoder.candidate.kind !== "software") {
      frame.buffer.discard();
      this.#events.dropped(1);
      this.#replace(shift, `gave no access unit for ${SILENT_FRAMES} frames`);
      return;
    }
    if (shift.hungry) {
      shift.hungry = false;
      shift.encoder.push(frame);
    } else if (this.#queue.offer(frame)) {
      this.#events.dropped(1);
    }
  }

  /** Asks for a key frame as soon as possible. */
  async requestKeyFrame(): Promise<void> {
    await this.#shift?.encoder.requestKeyFrame();
  }

  /** Takes no more frames and lets the encoder finish those it has. */
  async drain(): Promise<void> {
    this.#ended = true;
    await this.#change;
    const shift = this.#shift;
    if (shift === undefined) return;
    for (let frame = this.#queue.take(); frame !== undefined; frame = this.#queue.take()) {
      shift.encoder.push(frame);
    }
    await drainWithin(DRAIN_LIMIT_MS, shift.encoder);
  }

  /** Stops at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await this.#change;
    this.#dropWaiting();
    await this.#retire();
  }

  /** Starts an encoder for this format, after the one at work has given what it has. */
  #begin(format: PictureFormat): void {
    this.#changeTo(async () => {
      const old = this.#shift?.encoder;
      this.#dropWaiting();
      if (old !== undefined) await drainWithin(DRAIN_LIMIT_MS, old);
      await this.#retire();
      await this.#startFirst(format);
    });
  }

  /** Takes the encoder at work out of the candidates and starts the next. */
  #replace(shift: Shift, why: string): void {
    if (this.#shift !== shift) return;
    const { element } = shift.encoder.candidate;
    logger.warn("{element} {why}: trying the next encoder", { element, why });
    this.#changeTo(async () => {
      this.#strike(shift.encoder.candidate);
      this.#dropWaiting();
      await this.#retire();
      await this.#startFirst(shift.encoder.format);
    });
  }

  /** One change at a time: while one goes on, frames are dropped and the next frame asks again. */
  #changeTo(change: () => Promise<void>): void {
    if (this.#change !== undefined) return;
    this.#change = change()
      .catch((error) => this.#giveUp(error))
      .finally(() => this.#change = undefined);
  }

  async #startFirst(format: PictureFormat): Promise<void> {
    for (const candidate of this.#candidates) {
      if (this.#ended) return;
      if (await this.#start(candidate, format)) return;
      this.#strike(candidate);
    }
    throw new StreamerError(
      `No encoder works for ${this.#options.codec} at ${format.width}x${format.height}`,
      { code: "no_encoder_works", exitCode: ExitCode.PipelineInitialization },
    );
  }

  async #start(candidate: EncoderCandidate, format: PictureFormat): Promise<boolean> {
    const { element } = candidate;
    try {
      const encoder = new Encoder(candidate, format, this.#options, {
        unit: (unit) => this.#onUnit(shift, unit),
        withheld: (why) => {
          shift.silentFrames = 0;
          this.#events.withheld(why);
        },
        hungry: () => this.#onHungry(shift),
        failed: (message) => this.#onFailed(shift, message),
        warning: (message) => logger.warn("{element}: {message}", { element, message }),
      });
      const shift: Shift = { encoder, hungry: false, silentFrames: 0 };
      this.#shift = shift;
      if (await encoder.start() && shift.failure === undefined) {
        const { width, height } = encoder.layout;
        const rate = Number(format.frameRate.toFixed(2));
        logger.info("Encoding {width}x{height} at {rate} fps with {element}", {
          width,
          height,
          rate,
          element,
        });
        return true;
      }
    } catch (error) {
      if (!(error instanceof StreamerError)) throw error;
      logger.warn("{reason}", { reason: error.message });
    }
    await this.#retire();
    return false;
  }

  #onUnit(shift: Shift, unit: AccessUnit): void {
    shift.silentFrames = 0;
    this.#restarts = 0;
    this.#events.unit(unit);
  }

  #onHungry(shift: Shift): void {
    if (this.#shift !== shift) return;
    const frame = this.#queue.take();
    if (frame === undefined) shift.hungry = true;
    else shift.encoder.push(frame);
  }

  #onFailed(shift: Shift, message: string): void {
    shift.failure = message;
    if (this.#shift !== shift || this.#ended || this.#change !== undefined) {
      // It is being started, drained or stopped: whoever does that sees the failure.
      logger.warn("{element}: {message}", { element: shift.encoder.candidate.element, message });
      return;
    }
    const { candidate, format } = shift.encoder;
    if (candidate.kind !== "software") {
      this.#replace(shift, `failed: ${message}`);
      return;
    }
    if (++this.#restarts > MAX_RESTARTS) this.#strike(candidate);
    logger.error("{element} failed and is started again: {message}", {
      element: candidate.element,
      message,
    });
    this.#changeTo(async () => {
      this.#dropWaiting();
      await this.#retire();
      await this.#startFirst(format);
    });
  }

  #dropWaiting(): void {
    const count = this.#queue.clear();
    if (count > 0) this.#events.dropped(count);
  }

  #strike(candidate: EncoderCandidate): void {
    this.#candidates = this.#candidates.filter((other) => other !== candidate);
  }

  async #retire(): Promise<void> {
    const encoder = this.#shift?.encoder;
    this.#shift = undefined;
    await encoder?.[Symbol.asyncDispose]();
  }

  #giveUp(error: unknown): void {
    this.#ended = true;
    this.#events.failed(
      error instanceof StreamerError
        ? error
        : new StreamerError(`Cannot encode: ${error}`, { code: "encoder", cause: error }),
    );
  }
}

/** Lets an encoder finish, unless it takes too long: one that hangs must not hang the stream. */
async function drainWithin(limitMs: number, encoder: Encoder): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => timer = setTimeout(resolve, limitMs));
  await Promise.race([encoder.drain(), limit]);
  clearTimeout(timer);
}
