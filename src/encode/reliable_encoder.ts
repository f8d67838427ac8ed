import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import { StreamerError } from "../errors.ts";
import { FrameQueue } from "../ingest/frame_queue.ts";
import { type Frame, type FrameFeed, type PictureFormat, sameSize } from "../ingest/picture.ts";
import { LogLimit } from "../log_limit.ts";
import { within } from "../within.ts";
import type { EncoderCandidate } from "./candidates.ts";
import { Encoder, type EncoderBuffer } from "./encoder.ts";
import type { EncodeOptions } from "./options.ts";
import { canEncode } from "./can_encode.ts";
import type { SourceState } from "./access_unit_source.ts";
import type { FrameEncoder } from "./frame_encoder.ts";
import { TrackRecord } from "./track_record.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** How long a hardware encoder may give no access unit before software replaces it: both must be over. */
const SILENT = { frames: 60, leastMs: 2000 };
/** How long an encoder may take to give what it has at the end of a stream, in milliseconds. */
const DRAIN_LIMIT_MS = 5000;
/** The same before the next encoder takes over: frames are dropped meanwhile. */
const HAND_OVER_LIMIT_MS = 1000;
/** How long an encoder may take to start. */
const START_LIMIT_MS = 10_000;
/** How long encoders that were replaced are waited for when everything ends. */
const RETIREMENT_LIMIT_MS = 3000;
/** How often another format is told: a producer may change it with every frame. */
const CHANGES_TOLD = { burst: 4, everyMs: 15_000 };
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
interface ActiveEncoder {
  readonly encoder: Encoder;
  /** Whether it waits for a frame. */
  hungry: boolean;
  /** Why it gives nothing more. */
  failure?: string;
  /** Frames offered to it since it last gave an access unit. */
  silentFrames: number;
  /** When the first of these was offered. */
  silentSinceMs: number;
}

/**
 * The encoder as the stream sees it: it takes frames of any format and gives access units, whatever
 * happens to the GStreamer pipeline behind it. A new picture format starts a new pipeline; one that
 * fails or falls silent gives way to the next candidate. Frames that come meanwhile are dropped, never
 * kept waiting.
 */
export class ReliableEncoder implements FrameEncoder {
  #options: EncodeOptions;
  readonly #events: ReliableEncoderEvents;
  readonly #queue: FrameQueue<EncoderBuffer>;
  /** Set by ingest while it delivers. */
  feed?: FrameFeed | undefined;
  readonly #changes = new LogLimit(CHANGES_TOLD);
  readonly #retirements = new Set<Promise<void>>();
  readonly #record = new TrackRecord();
  #lastFormat: CodedFormat | undefined;
  #candidates: readonly EncoderCandidate[];
  #shift: ActiveEncoder | undefined;
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

  /** The element at work, for example `x264enc`, and the size of its pictures. */
  get state(): SourceState {
    const encoder = this.#shift?.encoder;
    return { encoder: encoder?.candidate.element, picture: encoder?.format, passedOn: 0 };
  }

  /** Memory for a picture of this format; `later` while an encoder for it is being started. */
  acquire(format: PictureFormat): EncoderBuffer | "later" | "never" {
    if (this.#ended || this.#change !== undefined) return "later";
    const encoder = this.#shift?.encoder;
    if (encoder !== undefined && sameSize(encoder.format, format)) {
      this.#setFrameRate(encoder, format.frameRate);
      return encoder.acquire();
    }
    if (this.#usable(format).length === 0) return "never";
    this.#begin(format);
    return "later";
  }

  /** Encodes the frame now, or as soon as the encoder is free. */
  deliver(frame: Frame<EncoderBuffer>): void {
    const shift = this.#shift;
    // Its memory may have been taken before a change began.
    const late = frame.handedOver !== true && (this.#ended || this.#change !== undefined);
    if (shift === undefined || late || frame.buffer.encoder !== shift.encoder) {
      this.feed?.handOver(null);
      this.#drop(frame);
    } else if (this.#isSilent(shift) && shift.encoder.candidate.kind !== "software") {
      this.#drop(frame);
      this.#replace(shift, `gave no access unit for ${SILENT.frames} frames`);
    } else if (shift.hungry || frame.handedOver === true) {
      shift.hungry = false;
      this.feed?.handOver(null);
      shift.encoder.push(frame);
    } else if (this.#queue.offer(frame)) {
      this.#events.dropped(1);
    }
  }

  /** Asks for a key frame as soon as possible. */
  requestKeyFrame(): void {
    this.#shift?.encoder.requestKeyFrame().catch((error) =>
      logger.warn("The encoder cannot be asked for a key frame: {error}", { error })
    );
  }

  /** Sets the target bit rate in kbit/s, of this encoder and of those that come after it. */
  setBitrate(kbps: number): void {
    this.#options = { ...this.#options, bitrateKbps: kbps };
    this.#shift?.encoder.setOptions(this.#options);
  }

  /** Whether there is an encoder left that may work. */
  get canEncode(): boolean {
    return !this.#ended && this.#candidates.length > 0;
  }

  /**
   * Lets the encoder at work finish, and ends it; one that is being started, as soon as it has. The next picture that
   * memory is acquired for starts another.
   *
   * @param isWanted Whether it is still to be ended then.
   */
  async rest(isWanted: () => boolean): Promise<void> {
    await this.#change;
    if (!isWanted() || this.#ended) return;
    this.#changeTo(async () => {
      await this.#finish(HAND_OVER_LIMIT_MS);
      this.#retire();
    });
    await this.#change;
  }

  /** Takes no more frames and lets the encoder finish those it has. */
  async drain(): Promise<void> {
    this.#ended = true;
    await within(DRAIN_LIMIT_MS, Promise.resolve(this.#change));
    await this.#finish(DRAIN_LIMIT_MS);
  }

  /** Stops at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await within(DRAIN_LIMIT_MS, Promise.resolve(this.#change));
    this.#dropWaiting();
    this.#retire();
    if (await within(RETIREMENT_LIMIT_MS, Promise.all(this.#retirements))) return;
    logger.warn("An encoder hangs and is left behind");
  }

  async #finish(limitMs: number): Promise<void> {
    const shift = this.#shift;
    if (shift === undefined) return;
    for (let frame = this.#queue.take(); frame !== undefined; frame = this.#queue.take()) {
      shift.encoder.push(frame);
    }
    await within(limitMs, shift.encoder.drain());
  }

  #drop({ buffer, handedOver }: Frame<EncoderBuffer>): void {
    if (handedOver !== true) buffer.discard();
    this.#events.dropped(1);
  }

  #setFrameRate(encoder: Encoder, frameRate: number): void {
    if (encoder.frameRate === frameRate) return;
    encoder.frameRate = frameRate;
    this.#tellWhatIsEncoded(encoder);
  }

  #tellWhatIsEncoded({ candidate, layout, frameRate }: Encoder): void {
    const { element } = candidate;
    const { width, height } = layout;
    const untold = this.#changes.take(performance.now());
    if (untold === undefined) return;
    const rate = Number(frameRate.toFixed(2));
    const what = { width, height, rate, element, untold };
    logger.info("Encoding {width}x{height} at {rate} fps with {element}", what);
    if (untold > 0) {
      logger.warn(
        "The pictures' format has changed {untold} more times; each time costs a new encoder",
        {
          untold,
        },
      );
    }
  }

  #isSilent(shift: ActiveEncoder): boolean {
    const now = performance.now();
    if (shift.silentFrames++ === 0) shift.silentSinceMs = now;
    return shift.silentFrames > SILENT.frames && now - shift.silentSinceMs >= SILENT.leastMs;
  }

  /** The encoders that are not known to refuse pictures of this size. */
  #usable(format: PictureFormat): readonly EncoderCandidate[] {
    return this.#candidates.filter(({ element }) => !this.#record.hasRefused(element, format));
  }

  /** Starts an encoder for this format, after the one at work has given what it has. */
  #begin(format: PictureFormat): void {
    this.#changeTo(async () => {
      const old = this.#shift?.encoder;
      this.#dropWaiting();
      if (old !== undefined) await within(HAND_OVER_LIMIT_MS, old.drain());
      this.#retire();
      await this.#startFirst(format);
    });
  }

  /** Takes the encoder at work out of the candidates and starts the next. */
  #replace(shift: ActiveEncoder, why: string): void {
    if (this.#shift !== shift) return;
    const { element } = shift.encoder.candidate;
    logger.warn("{element} {why}: trying the next encoder", { element, why });
    this.#changeTo(async () => {
      this.#strike(shift.encoder.candidate);
      this.#dropWaiting();
      this.#retire();
      await this.#startFirst(shift.encoder.format);
    });
  }

  /** One change at a time: while one goes on, frames are dropped and the next frame asks again. */
  #changeTo(change: () => Promise<void>): void {
    if (this.#change !== undefined) return;
    this.#change = change()
      .catch((error) => this.#giveUp(error))
      .finally(() => {
        this.#change = undefined;
        this.feed?.renew();
      })
      .catch((error) => this.#giveUp(error));
  }

  /** Starts the first encoder that takes pictures of this format; none, if all that work refuse it. */
  async #startFirst(format: PictureFormat): Promise<void> {
    // One that was replaced may hold what its successor needs, such as a session of the card.
    await within(HAND_OVER_LIMIT_MS, Promise.all(this.#retirements));
    for (const candidate of this.#usable(format)) {
      if (this.#ended) return;
      const problem = await this.#start(candidate, format);
      if (problem === undefined) return;
      await this.#blame(candidate, format, problem);
    }
    if (this.#candidates.length > 0) return;
    throw new StreamerError(
      `No encoder works for ${this.#options.codec} at ${format.width}x${format.height}`,
      { code: "no_encoder_works" },
    );
  }

  /** An encoder failed before it had encoded any picture of this size: it, or the size, is left out from now on. */
  async #blame(
    candidate: EncoderCandidate,
    format: PictureFormat,
    message: string,
  ): Promise<void> {
    const { element } = candidate;
    const { width, height } = format;
    if (!this.#record.hasProven(element) && !await canEncode(candidate, this.#options)) {
      logger.warn("{element} does not work: {message}", { element, message });
      this.#strike(candidate);
      return;
    }
    if (!this.#record.refuse(element, format)) return;
    logger.error(
      "{element} cannot encode pictures of {width}x{height}: {message}. Frames of this size are dropped " +
        "unless another encoder takes them",
      { element, width, height, message },
    );
  }

  /** Why it does not start; undefined: it does. */
  async #start(candidate: EncoderCandidate, format: PictureFormat): Promise<string | undefined> {
    const { element } = candidate;
    let problem = "it does not start";
    try {
      const encoder = new Encoder(candidate, format, this.#options, {
        beforeUnit: () => {
          // It is not silent: the frames that are caught up with must not find it so.
          shift.silentFrames = 0;
          this.feed?.catchUp();
        },
        unit: (unit) => this.#onUnit(shift, unit),
        withheld: (why) => {
          shift.silentFrames = 0;
          this.#events.withheld(why);
        },
        hungry: () => this.#onHungry(shift),
        failed: (message) => this.#onFailed(shift, message),
        warning: (message) => logger.warn("{element}: {message}", { element, message }),
      }, this.#lastFormat);
      const shift: ActiveEncoder = { encoder, hungry: false, silentFrames: 0, silentSinceMs: 0 };
      this.#shift = shift;
      const starting = encoder.start();
      const hasStarted = await within(START_LIMIT_MS, starting) && await starting;
      if (hasStarted && shift.failure === undefined) {
        this.#tellWhatIsEncoded(encoder);
        return undefined;
      }
      problem = shift.failure ?? problem;
    } catch (error) {
      if (!(error instanceof StreamerError)) throw error;
      problem = error.message;
    }
    this.#retire();
    return problem;
  }

  #onUnit(shift: ActiveEncoder, unit: AccessUnit): void {
    shift.silentFrames = 0;
    this.#restarts = 0;
    this.#lastFormat = unit.format;
    this.#record.prove(shift.encoder.candidate.element, shift.encoder.format);
    this.#events.unit(unit);
  }

  #onHungry(shift: ActiveEncoder): void {
    // It may be hungry again for a frame that was handed over.
    this.feed?.catchUp();
    if (this.#shift !== shift) return;
    const frame = this.#queue.take();
    if (frame !== undefined) {
      shift.encoder.push(frame);
      return;
    }
    shift.hungry = true;
    this.feed?.handOver(shift.encoder.source);
  }

  #onFailed(shift: ActiveEncoder, message: string): void {
    shift.failure = message;
    if (this.#shift !== shift || this.#ended || this.#change !== undefined) {
      // It is being started, drained or stopped: whoever does that sees the failure.
      logger.warn("{element}: {message}", { element: shift.encoder.candidate.element, message });
      return;
    }
    const { candidate, format } = shift.encoder;
    const { element } = candidate;
    if (!this.#record.hasProven(element, format)) {
      this.#restart(format, () => this.#blame(candidate, format, message));
      return;
    }
    if (candidate.kind !== "software") {
      this.#replace(shift, `failed: ${message}`);
      return;
    }
    if (++this.#restarts > MAX_RESTARTS) this.#strike(candidate);
    logger.error("{element} failed and is started again: {message}", { element, message });
    this.#restart(format);
  }

  #restart(format: PictureFormat, before?: () => Promise<void>): void {
    this.#changeTo(async () => {
      this.#dropWaiting();
      this.#retire();
      await before?.();
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

  /** Ends the encoder at work, whose end no one waits for: it may hang. */
  #retire(): void {
    const encoder = this.#shift?.encoder;
    this.#shift = undefined;
    if (encoder === undefined) return;
    this.feed?.release();
    const retirement = encoder[Symbol.asyncDispose]().finally(() =>
      this.#retirements.delete(retirement)
    );
    this.#retirements.add(retirement);
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
