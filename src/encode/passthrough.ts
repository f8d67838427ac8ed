import { getLogger } from "@logtape/logtape";
import { monotonicMs } from "../../ffi/clock.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import type { CodedFrame, CodedFrameConsumer } from "../ingest/coded_frame.ts";
import { type Frame, type FrameFeed, type PictureFormat, sameSize } from "../ingest/picture.ts";
import type { StreamerError } from "../errors.ts";
import { within } from "../within.ts";
import type { SourceState } from "./access_unit_source.ts";
import type { EncoderBuffer } from "./encoder.ts";
import type { FallbackEncoder, MakeEncoder } from "./fallback_encoder.ts";
import type { FrameEncoder } from "./frame_encoder.ts";
import { KeyFrameWait } from "./key_frame_wait.ts";
import type { EncodeOptions } from "./options.ts";
import { PassthroughLog } from "./passthrough_log.ts";
import type { ReliableEncoderEvents } from "./reliable_encoder.ts";
import { ReturnPolicy } from "./return_policy.ts";
import { type ChainProblem, UnitChain } from "./unit_chain.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** Longest time to drain the encoder, while the producer's access units are held back. */
const RETURN_LIMIT_MS = 1000;

/** Events of a {@linkcode Passthrough}. */
export type PassthroughEvents = Pick<ReliableEncoderEvents, "unit" | "withheld" | "failed">;

/** Reasons to encode pictures although the producer has access units. */
const BITRATE_LIMITED = "an output can take less than --bitrate";
const NO_KEY_FRAME = "no key frame came within --gop frames or 2 s";

/**
 * Passes on the access units that the producer has encoded. When it cannot, it encodes the pictures instead, beginning
 * with a key frame, and returns to passing on at the producer's next key frame.
 */
export class Passthrough implements FrameEncoder {
  /** Receives the producer's access units. */
  readonly coded: CodedFrameConsumer;
  readonly #options: EncodeOptions;
  readonly #events: PassthroughEvents;
  readonly #encoder: FallbackEncoder;
  readonly #chain: UnitChain;
  readonly #log: PassthroughLog;
  readonly #returnPolicy = new ReturnPolicy();
  #feed: FrameFeed | undefined;
  /** `returning`: the encoder is being drained, and the access units that follow are held until it is done. */
  #state: "passing" | "encoding" | "returning" = "passing";
  #returned: Promise<void> = Promise.resolve();
  readonly #held: AccessUnit[] = [];
  /** Set while a key frame of the producer is needed. */
  #keyFrameWait: KeyFrameWait | undefined;
  #lastFormat: CodedFormat | undefined;
  #lastDtsUs = Number.NEGATIVE_INFINITY;

  /** Access units passed on so far. */
  #passed = 0;

  /** Presentation time of the producer's newest access unit, unless it was skipped while encoding. */
  #newestUs: number | undefined;
  /** Whether the encoder's output is discarded: its frames, or those it refers to, are passed on. */
  #isEncoderOver = false;
  /** Why the next frame has no access unit; set while returning. */
  #missing: string | undefined;
  readonly #nowMs: () => number;

  /**
   * @param makeEncoder Called once.
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
    this.#log = new PassthroughLog(options.encoder === "passthrough");
    this.coded = {
      codec: options.codec,
      deliver: (frame) => this.#onCoded(frame),
      missing: (reason) => this.#onMissing(reason),
      lost: () => this.#onLost(),
    };
  }

  /** The encoder is `passthrough` while access units are passed on, else the element that encodes. */
  get state(): SourceState {
    const passedOn = this.#passed;
    if (this.#state === "encoding") return { ...this.#encoder.state, passedOn };
    if (passedOn === 0) return { encoder: undefined, picture: undefined, passedOn };
    return { encoder: "passthrough", picture: this.#chain.format, passedOn };
  }

  /** Set by ingest while it runs. */
  get feed(): FrameFeed | undefined {
    return this.#feed;
  }

  set feed(feed: FrameFeed | undefined) {
    this.#feed = feed;
    this.#encoder.feed = feed;
    feed?.requestCoded(this.#options.codec, this.#state === "encoding");
  }

  /** Returns memory for a picture, while pictures are encoded. */
  acquire(format: PictureFormat): EncoderBuffer | "later" | "never" {
    return this.#state === "encoding" ? this.#encoder.acquire(format) : "later";
  }

  /** Encodes a picture, unless its access unit is passed on. */
  deliver(frame: Frame<EncoderBuffer>): void {
    // A frame that was handed over is already in the encoder.
    if (this.#state === "encoding" || frame.handedOver === true) this.#encoder.deliver(frame);
    else {
      frame.buffer.discard();
      if (frame.ptsUs !== this.#newestUs) this.#events.withheld("dropped");
    }
  }

  /** Requests a key frame from the encoder, or waits for the producer's next one, for a limited time. */
  requestKeyFrame(): void {
    if (this.#state === "encoding") this.#encoder.requestKeyFrame();
    else this.#keyFrameWait ??= new KeyFrameWait(this.#options.gop);
  }

  /**
   * Sets the encoder's bit rate. That of the producer's access units cannot be changed, so pictures are encoded if the
   * bit rate is below the requested one.
   */
  setBitrate(kbps: number): void {
    this.#encoder.setBitrate(kbps);
    this.#returnPolicy.isLimited = kbps < this.#options.bitrateKbps;
    if (this.#state === "passing") this.#applyLimit();
  }

  /** Accepts no more frames, and gives the remaining access units. */
  async drain(): Promise<void> {
    if (this.#state === "encoding") await this.#encoder.drain();
    else await this.#returned;
  }

  /** Stops at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#encoder[Symbol.asyncDispose]();
  }

  #onCoded(frame: CodedFrame): boolean {
    if (this.#state === "encoding") {
      // Encoding ends only at a key frame.
      if (!frame.isFlaggedKey || !this.#returnPolicy.mayReturn(this.#nowMs())) return false;
    } else this.#newestUs = frame.ptsUs;
    const taken = this.#chain.take(frame, this.#lastFormat);
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

  #applyLimit(): void {
    if (this.#returnPolicy.requiresEncoding) this.#encode(BITRATE_LIMITED);
  }

  #onProblem(problem: ChainProblem): void {
    this.#events.withheld("dropped");
    if (problem.kind === "orphan") return;
    this.#log.dropped();
    const mustEncode = problem.kind === "unusable" && this.#state === "passing";
    if (mustEncode) this.#encode(problem.reason, true);
    else this.#awaitKeyFrame();
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

  /** Counts another frame without the key frame that is needed. */
  #awaitKeyFrame(): void {
    this.#keyFrameWait ??= new KeyFrameWait(this.#options.gop);
    const isOver = this.#keyFrameWait.countFrame(this.#nowMs());
    if (isOver && this.#state === "passing") this.#encode(NO_KEY_FRAME);
  }

  #pass(unit: AccessUnit): void {
    const { format, keyFrame } = unit;
    if (keyFrame) {
      this.#keyFrameWait = undefined;
      this.#log.keyFrame();
    }
    if (!this.#returnPolicy.hasPassed) this.#log.passing(format);
    else if (this.#lastFormat !== undefined && !sameSize(format, this.#lastFormat)) {
      this.#log.resized(format);
    }
    this.#returnPolicy.passed();
    this.#passed++;

    this.#newestUs = unit.ptsUs;
    this.#emit(unit);
    if (this.#keyFrameWait !== undefined) this.#awaitKeyFrame();
  }

  /** Encodes pictures from now on. If no encoder works, waits for the producer's next key frame instead. */
  #encode(why: string, isFlaw = false): void {
    this.#keyFrameWait = undefined;
    const { canEncode } = this.#encoder;
    this.#log.encoding(why, isFlaw, canEncode);
    if (!canEncode) return;
    this.#state = "encoding";

    this.#chain.break();
    this.#isEncoderOver = false;
    this.#returnPolicy.encoding(this.#nowMs());
    this.#feed?.requestCoded(this.#options.codec, true);
    this.#feed?.renew();
  }

  /** Drains the encoder, then passes on this access unit and those that follow. */
  #return(first: AccessUnit): void {
    this.#feed?.requestCoded(this.#options.codec, false);
    const resting = this.#encoder.rest(() => this.#state !== "encoding");
    if (!this.#returnPolicy.hasEncoded) {
      // The encoder may still take seconds to start, and nothing of it was sent.
      this.#state = "passing";
      return this.#pass(first);
    }
    this.#state = "returning";
    this.#newestUs = first.ptsUs;
    this.#held.push(first);
    this.#returned = within(RETURN_LIMIT_MS, resting).then(() => {
      for (const unit of this.#held.splice(0)) this.#pass(unit);
      this.#state = "passing";
      const missing = this.#missing;
      this.#missing = undefined;
      if (missing !== undefined) this.#encode(missing);
      else this.#applyLimit();
    });
  }

  #onEncoded(unit: AccessUnit): void {
    const [first] = this.#held;
    if (this.#state === "passing" || (first !== undefined && unit.ptsUs >= first.ptsUs)) {
      this.#isEncoderOver = true;
    }
    // A frame from before the last return.
    const isOld = this.#newestUs !== undefined && unit.ptsUs <= this.#newestUs;
    if (this.#isEncoderOver || this.#state === "encoding" && isOld) return;
    this.#returnPolicy.encoded();
    this.#emit(unit);
  }

  /** Reports the failure, unless passthrough was requested or the producer has access units to pass on. */
  #onEncoderFailed(error: StreamerError): void {
    if (this.#passed === 0 && this.#options.encoder !== "passthrough") {
      return this.#events.failed(error);
    }
    logger.error("{reason}. Only what the producer has encoded can be streamed from now on", {
      reason: error.message,
    });
    // If access units are passed on by now, the failure does not interrupt them.
    if (this.#state !== "encoding") return;
    this.#state = "passing";
    this.#chain.break();
    this.#feed?.requestCoded(this.#options.codec, false);
  }

  #emit(unit: AccessUnit): void {
    this.#lastFormat = unit.format;
    // B-frames give a decoding time before the presentation time: after a change, it may precede the last one sent.
    const dtsUs = Math.max(unit.dtsUs, this.#lastDtsUs + 1);
    this.#lastDtsUs = dtsUs;
    this.#events.unit(dtsUs === unit.dtsUs ? unit : { ...unit, dtsUs });
  }
}
