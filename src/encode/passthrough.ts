import { getLogger } from "@logtape/logtape";
import { monotonicMs } from "../../ffi/clock.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import type { CodedFrame, CodedFrameConsumer } from "../ingest/coded_frame.ts";
import type { Frame, FrameFeed, PictureFormat } from "../ingest/picture.ts";
import type { StreamerError } from "../errors.ts";
import { within } from "../within.ts";
import type { SourceState } from "./access_unit_source.ts";
import type { EncoderBuffer } from "./encoder.ts";
import type { FrameEncoder } from "./frame_encoder.ts";
import type { EncodeOptions } from "./options.ts";
import { PassthroughLog } from "./passthrough_log.ts";
import type { ReliableEncoder, ReliableEncoderEvents } from "./reliable_encoder.ts";
import { ReturnDelay } from "./return_delay.ts";
import { type ChainProblem, UnitChain } from "./unit_chain.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** How long a key frame of the producer is waited for, where `--gop` frames take longer. */
const KEY_FRAME_WITHIN_MS = 2000;
/** How long an encoder may take for what it has, when the producer's own access units wait behind that. */
const RETURN_WITHIN_MS = 1000;
/** Pictures that give nothing for this long cannot be encoded. */
const FUTILE_AFTER_MS = 2000;

/** What a {@linkcode Passthrough} tells. */
export type PassthroughEvents = Pick<ReliableEncoderEvents, "unit" | "withheld" | "failed">;

/** Why pictures are encoded although the producer's units could be passed on. */
const LIMITED = "an output can take less than --bitrate";

/** The encoder that helps out. */
export type FallbackEncoder = FrameEncoder & Pick<ReliableEncoder, "canEncode" | "rest">;

/** Makes it. */
export type MakeEncoder = (
  events: Pick<ReliableEncoderEvents, "unit" | "failed">,
) => FallbackEncoder;

/**
 * Passes on the access units that the producer has encoded itself. Where that cannot be, it encodes the pictures,
 * beginning with a key frame, and goes back at the producer's next one.
 */
export class Passthrough implements FrameEncoder {
  readonly coded: CodedFrameConsumer;
  readonly #options: EncodeOptions;
  readonly #events: PassthroughEvents;
  readonly #encoder: FallbackEncoder;
  readonly #chain: UnitChain;
  readonly #news: PassthroughLog;
  readonly #delay = new ReturnDelay();
  #feed: FrameFeed | undefined;
  /** `returning`: the encoder gives what it has left, and the units that follow wait for that. */
  #state: "passing" | "encoding" | "returning" = "passing";
  #returned: Promise<void> = Promise.resolve();
  readonly #held: AccessUnit[] = [];
  /** A key frame of the producer's is needed: from the first frame without one on. */
  #wait: { sinceMs: number | undefined; frames: number } | undefined;
  #lastFormat: CodedFormat | undefined;
  #lastDtsUs = Number.NEGATIVE_INFINITY;
  #hasPassed = false;
  /** Access units passed on so far. */
  #passed = 0;
  /** Those that were dropped since one was lost. */
  #gap = 0;
  /** Presentation time of the newest unit that was taken. */
  #newestUs: number | undefined;
  /** The encoder has given something since pictures are encoded. */
  #hasEncoded = false;
  /** What it gives now is of frames whose own access units go out, or refers to them. */
  #isEncoderOver = false;
  /** An output can take less than the bit rate that was asked for. */
  #isLimited = false;
  /** Since when pictures are encoded. */
  #encodingSinceMs = 0;
  /** They cannot be encoded: whatever an output can take, units are better than nothing. */
  #isFutile = false;
  /** Why the next frame has no access unit, while the encoder gives what it has left. */
  #missing: string | undefined;
  readonly #nowMs: () => number;

  /**
   * @param makeEncoder Is called once.
   * @param nowMs A steady clock in milliseconds.
   */
  constructor(
    options: EncodeOptions,
    makeEncoder: MakeEncoder,
    events: PassthroughEvents,
    nowMs: () => number = monotonicMs,
  ) {
    this.#options = options;
    this.#nowMs = nowMs;
    this.#events = events;
    this.#encoder = makeEncoder({
      unit: (unit) => this.#onEncoded(unit),
      failed: (error) => this.#onEncoderFailed(error),
    });
    this.#chain = new UnitChain(options.codec);
    this.#news = new PassthroughLog(options.encoder === "passthrough");
    this.coded = {
      codec: options.codec,
      deliver: (frame) => this.#onCoded(frame),
      missing: (reason) => this.#onMissing(reason),
      lost: () => this.#onLost(),
    };
  }

  /** `passthrough` where units are passed on, or the element that encodes. */
  get state(): SourceState {
    const passedOn = this.#passed;
    if (this.#state === "encoding") return { ...this.#encoder.state, passedOn };
    return this.#hasPassed
      ? { encoder: "passthrough", picture: this.#chain.format, passedOn }
      : { encoder: undefined, picture: undefined, passedOn };
  }

  /** Set by ingest while it delivers. */
  get feed(): FrameFeed | undefined {
    return this.#feed;
  }

  set feed(feed: FrameFeed | undefined) {
    this.#feed = feed;
    this.#encoder.feed = feed;
    feed?.requestCoded(this.#options.codec, this.#state === "encoding");
  }

  /** Memory for a picture, while pictures are encoded. */
  acquire(format: PictureFormat): EncoderBuffer | "later" | "never" {
    return this.#state === "encoding" ? this.#encoder.acquire(format) : "later";
  }

  /** Encodes a picture. One whose access unit was passed on is not needed. */
  deliver(frame: Frame<EncoderBuffer>): void {
    // The encoder must hear of what it has.
    if (this.#state === "encoding" || frame.handedOver === true) this.#encoder.deliver(frame);
    else {
      frame.buffer.discard();
      if (frame.ptsUs !== this.#newestUs) this.#events.withheld("dropped");
    }
  }

  /** Asks the encoder; of the producer, the next one is waited for, for a while. */
  requestKeyFrame(): void {
    if (this.#state === "encoding") this.#encoder.requestKeyFrame();
    else this.#wait ??= { sinceMs: undefined, frames: 0 };
  }

  /** Sets the encoder's. What the producer has encoded is as large as it is: below the rate asked for, pictures are encoded. */
  setBitrate(kbps: number): void {
    this.#encoder.setBitrate(kbps);
    this.#isLimited = kbps < this.#options.bitrateKbps;
    if (this.#state === "passing") this.#heedLimit();
  }

  /** Takes no more frames, and gives what comes of those it has. */
  async drain(): Promise<void> {
    if (this.#state === "encoding") await this.#encoder.drain();
    else await this.#returned;
  }

  /** Stops at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#encoder[Symbol.asyncDispose]();
  }

  #onCoded(frame: CodedFrame): boolean {
    // Only a key frame ends encoding.
    if (this.#state === "encoding" && !(frame.isFlaggedKey && this.#mayReturn())) return false;
    const taken = this.#chain.take(frame, this.#lastFormat);
    if (this.#state !== "encoding") this.#newestUs = frame.ptsUs;
    if (this.#state === "encoding") {
      if (!("data" in taken) || !taken.keyFrame) {
        this.#chain.break();
        return false;
      }
      this.#return(taken);
    } else if (!("data" in taken)) {
      this.#onProblem(taken);
    } else if (this.#state === "returning") {
      if (taken.keyFrame) this.#missing = undefined;
      this.#held.push(taken);
    } else {
      this.#pass(taken);
    }
    return true;
  }

  #mayReturn(): boolean {
    const nowMs = this.#nowMs();
    this.#isFutile ||= !this.#hasEncoded && nowMs - this.#encodingSinceMs >= FUTILE_AFTER_MS;
    return (!this.#isLimited || this.#isFutile) && this.#delay.isOver(nowMs);
  }

  #heedLimit(): void {
    if (this.#isLimited && !this.#isFutile) this.#encode(LIMITED);
  }

  #onProblem(problem: ChainProblem): void {
    this.#events.withheld("dropped");
    if (problem.kind !== "orphan") this.#gap++;
    if (problem.kind === "unusable" && this.#state === "passing") {
      this.#encode(problem.reason, true);
    } else if (problem.kind !== "orphan") this.#awaitKeyFrame();
  }

  #onMissing(reason: string): void {
    if (this.#state === "passing") return this.#encode(reason);
    this.#chain.break();
    if (this.#state === "returning") this.#missing = reason;
  }

  #onLost(): void {
    if (this.#state === "encoding") return;
    this.#chain.break();
    this.#awaitKeyFrame();
  }

  /** Another frame has passed without the key frame that is needed. */
  #awaitKeyFrame(): void {
    const nowMs = this.#nowMs();
    const wait = this.#wait ??= { sinceMs: undefined, frames: 0 };
    wait.sinceMs ??= nowMs;
    wait.frames++;
    const isOver = wait.frames > this.#options.gop || nowMs - wait.sinceMs >= KEY_FRAME_WITHIN_MS;
    if (isOver && this.#state === "passing") {
      this.#encode("no key frame came within --gop frames or 2 s");
    }
  }

  #pass(unit: AccessUnit): void {
    const { format } = unit;
    // Before it is told that units are passed on: at the beginning, nothing was lost.
    if (unit.keyFrame && this.#gap > 0) this.#news.gap(this.#gap);
    if (unit.keyFrame) this.#gap = 0;
    if (this.#delay.passedInARow === 0) this.#news.passing(format);
    else if (!isSameSize(format, this.#lastFormat)) this.#news.resized(format);
    this.#delay.passed();
    this.#passed++;
    this.#hasPassed = true;
    this.#newestUs = unit.ptsUs;
    if (unit.keyFrame) this.#wait = undefined;
    this.#give(unit);
    if (this.#wait !== undefined) this.#awaitKeyFrame();
  }

  /** Where nothing can encode, the producer's next key frame is waited for. */
  #encode(why: string, isFlaw = false): void {
    this.#wait = undefined;
    const { canEncode } = this.#encoder;
    this.#news.encoding(why, isFlaw, canEncode);
    if (!canEncode) return;
    this.#state = "encoding";
    this.#gap = 0;
    this.#chain.break();
    this.#hasEncoded = this.#isEncoderOver = false;
    this.#encodingSinceMs = this.#nowMs();
    this.#delay.broken(this.#encodingSinceMs);
    this.#feed?.requestCoded(this.#options.codec, true);
    this.#feed?.renew();
  }

  /** The encoder gives what comes of the frames before this one; then this one goes out, and those after it. */
  #return(first: AccessUnit): void {
    this.#feed?.requestCoded(this.#options.codec, false);
    const resting = this.#encoder.rest(() => this.#state !== "encoding");
    if (!this.#hasEncoded) {
      // It may take seconds to start, and has nothing that anyone has seen.
      this.#state = "passing";
      return this.#pass(first);
    }
    this.#state = "returning";
    this.#newestUs = first.ptsUs;
    this.#held.push(first);
    this.#returned = within(RETURN_WITHIN_MS, resting).then(() => {
      for (const unit of this.#held.splice(0)) this.#pass(unit);
      this.#state = "passing";
      const missing = this.#missing;
      this.#missing = undefined;
      if (missing !== undefined) this.#encode(missing);
      else this.#heedLimit();
    });
  }

  #onEncoded(unit: AccessUnit): void {
    const [first] = this.#held;
    if (this.#state === "passing" || (first !== undefined && unit.ptsUs >= first.ptsUs)) {
      this.#isEncoderOver = true;
    }
    // One that is still giving what it had before the last return.
    const isOld = this.#newestUs !== undefined && unit.ptsUs <= this.#newestUs;
    if (this.#isEncoderOver || this.#state === "encoding" && isOld) return;
    this.#hasEncoded = true;
    this.#isFutile = false;
    this.#give(unit);
  }

  /** What the producer encodes can still be passed on, if it ever was, or nothing else was asked for. */
  #onEncoderFailed(error: StreamerError): void {
    if (!this.#hasPassed && this.#options.encoder !== "passthrough") {
      return this.#events.failed(error);
    }
    logger.error("{reason}. Only what the producer has encoded can be streamed from now on", {
      reason: error.message,
    });
    // An encoder that fails late breaks no chain.
    if (this.#state !== "encoding") return;
    this.#state = "passing";
    this.#chain.break();
    this.#feed?.requestCoded(this.#options.codec, false);
  }

  #give(unit: AccessUnit): void {
    this.#lastFormat = unit.format;
    // B-frames are decoded before they are shown: the first ones after a change would be before those ahead of it.
    const dtsUs = Math.max(unit.dtsUs, this.#lastDtsUs + 1);
    this.#lastDtsUs = dtsUs;
    this.#events.unit(dtsUs === unit.dtsUs ? unit : { ...unit, dtsUs });
  }
}

function isSameSize(a: CodedFormat, b: CodedFormat | undefined): boolean {
  return b === undefined || a.width === b.width && a.height === b.height;
}
