import { getLogger } from "@logtape/logtape";
import { monotonicMs } from "../../ffi/clock.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import type { CodedFrame, CodedFrameConsumer } from "../ingest/coded_frame.ts";
import type { Frame, FrameFeed, PictureFormat } from "../ingest/picture.ts";
import { LogLimit } from "../log_limit.ts";
import type { SourceState } from "./access_unit_source.ts";
import type { EncoderBuffer } from "./encoder.ts";
import type { FrameEncoder } from "./frame_encoder.ts";
import type { EncodeOptions } from "./options.ts";
import type { ReliableEncoder, ReliableEncoderEvents } from "./reliable_encoder.ts";
import { type ChainProblem, UnitChain } from "./unit_chain.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** How long a key frame of the producer is waited for, where `--gop` frames take longer. */
const KEY_FRAME_WITHIN_MS = 2000;
/** How often a change between passing on and encoding is told. */
const CHANGES_TOLD = { burst: 6, everyMs: 20_000 };

/** What a {@linkcode Passthrough} tells. */
export type PassthroughEvents = Pick<ReliableEncoderEvents, "unit" | "withheld">;

/** Makes the encoder that helps out. */
export type MakeEncoder = (onUnit: (unit: AccessUnit) => void) => ReliableEncoder;

/**
 * Passes on the access units that the producer has encoded itself. Where that cannot be, it encodes the pictures,
 * beginning with a key frame, and goes back at the producer's next one.
 */
export class Passthrough implements FrameEncoder {
  readonly coded: CodedFrameConsumer;
  readonly #options: EncodeOptions;
  readonly #events: PassthroughEvents;
  readonly #encoder: ReliableEncoder;
  readonly #chain: UnitChain;
  readonly #told = new LogLimit(CHANGES_TOLD);
  #feed: FrameFeed | undefined;
  /** `returning`: the encoder gives what it has left, and the units that follow wait for that. */
  #state: "passing" | "encoding" | "returning" = "passing";
  #returned: Promise<void> = Promise.resolve();
  readonly #held: AccessUnit[] = [];
  /** Since when a key frame of the producer's is needed, and how many frames ago that was. */
  #wait: { readonly sinceMs: number; frames: number } | undefined;
  #lastFormat: CodedFormat | undefined;
  #lastDtsUs = Number.NEGATIVE_INFINITY;
  #hasPassed = false;
  /** An output can take less than the bit rate that was asked for. */
  #isLimited = false;

  /** @param makeEncoder Is called once. */
  constructor(options: EncodeOptions, makeEncoder: MakeEncoder, events: PassthroughEvents) {
    this.#options = options;
    this.#events = events;
    this.#encoder = makeEncoder((unit) => this.#onEncoded(unit));
    this.#chain = new UnitChain(options.codec);
    this.coded = {
      codec: options.codec,
      deliver: (frame) => this.#onCoded(frame),
      missing: (reason) => this.#onMissing(reason),
      lost: () => this.#onLost(),
    };
  }

  /** `passthrough` where units are passed on, or the element that encodes. */
  get state(): SourceState {
    if (this.#state === "encoding") return this.#encoder.state;
    return this.#hasPassed
      ? { encoder: "passthrough", picture: this.#chain.format }
      : { encoder: undefined, picture: undefined };
  }

  /** Set by ingest while it delivers. */
  get feed(): FrameFeed | undefined {
    return this.#feed;
  }

  set feed(feed: FrameFeed | undefined) {
    this.#feed = feed;
    this.#encoder.feed = feed;
    feed?.wish(this.#options.codec, this.#state === "encoding");
  }

  /** Memory for a picture, while pictures are encoded. */
  acquire(format: PictureFormat): EncoderBuffer | "later" | "never" {
    return this.#state === "encoding" ? this.#encoder.acquire(format) : "later";
  }

  /** Encodes a picture. One whose access unit was passed on is not needed. */
  deliver(frame: Frame<EncoderBuffer>): void {
    // The encoder must hear of what it has.
    if (this.#state === "encoding" || frame.handedOver === true) this.#encoder.deliver(frame);
    else frame.buffer.discard();
  }

  /** Asks the encoder; of the producer, the next one is waited for, for a while. */
  requestKeyFrame(): void {
    if (this.#state === "encoding") this.#encoder.requestKeyFrame();
    else this.#wait ??= { sinceMs: monotonicMs(), frames: 0 };
  }

  /** Sets the encoder's. What the producer has encoded is as large as it is: below the rate asked for, pictures are encoded. */
  setBitrate(kbps: number): void {
    this.#encoder.setBitrate(kbps);
    this.#isLimited = kbps < this.#options.bitrateKbps;
    if (this.#isLimited && this.#state === "passing") this.#encode("an output can take no more");
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
    if (this.#state === "encoding" && (this.#isLimited || !frame.isFlaggedKey)) return false;
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
      this.#held.push(taken);
    } else {
      this.#pass(taken);
    }
    return true;
  }

  #onProblem(problem: ChainProblem): void {
    this.#events.withheld("dropped");
    if (problem.kind === "unusable" && this.#state === "passing") this.#encode(problem.reason);
    else this.#awaitKeyFrame();
  }

  #onMissing(reason: string): void {
    if (this.#state === "passing") this.#encode(reason);
    else this.#chain.break();
  }

  #onLost(): void {
    if (this.#state === "encoding") return;
    this.#chain.break();
    this.#awaitKeyFrame();
  }

  /** Another frame has passed without the key frame that is needed. */
  #awaitKeyFrame(): void {
    const wait = this.#wait ??= { sinceMs: monotonicMs(), frames: 0 };
    wait.frames++;
    const isOver = wait.frames > this.#options.gop ||
      monotonicMs() - wait.sinceMs >= KEY_FRAME_WITHIN_MS;
    if (isOver && this.#state === "passing") {
      this.#encode("they have no key frame where one is needed");
    }
  }

  #pass(unit: AccessUnit): void {
    if (!this.#hasPassed) this.#tellPassing(unit.format);
    this.#hasPassed = true;
    if (unit.keyFrame) this.#wait = undefined;
    this.#give(unit);
    if (this.#wait !== undefined) this.#awaitKeyFrame();
  }

  #encode(why: string): void {
    this.#state = "encoding";
    this.#wait = undefined;
    this.#chain.break();
    this.#tellEncoding(why);
    this.#feed?.wish(this.#options.codec, true);
    this.#feed?.renew();
  }

  /** The encoder gives what comes of the frames before this one; then this one goes out, and those after it. */
  #return(first: AccessUnit): void {
    this.#state = "returning";
    this.#held.push(first);
    this.#feed?.wish(this.#options.codec, false);
    this.#returned = this.#encoder.rest().then(() => {
      this.#state = "passing";
      this.#tellPassing(first.format);
      this.#hasPassed = true;
      for (const unit of this.#held.splice(0)) this.#pass(unit);
    });
  }

  #onEncoded(unit: AccessUnit): void {
    const [first] = this.#held;
    // Of a frame whose own access unit goes out.
    if (first !== undefined && unit.ptsUs >= first.ptsUs) return;
    this.#give(unit);
  }

  #give(unit: AccessUnit): void {
    this.#lastFormat = unit.format;
    // B-frames are decoded before they are shown: the first ones after a change would be before those ahead of it.
    const dtsUs = Math.max(unit.dtsUs, this.#lastDtsUs + 1);
    this.#lastDtsUs = dtsUs;
    this.#events.unit(dtsUs === unit.dtsUs ? unit : { ...unit, dtsUs });
  }

  #tellPassing({ codecString, width, height }: CodedFormat): void {
    if (this.#told.take(monotonicMs()) === undefined) return;
    logger.info("Passing on what the producer has encoded: {codecString}, {width}x{height}", {
      codecString,
      width,
      height,
    });
  }

  #tellEncoding(why: string): void {
    const isAsked = this.#options.encoder === "passthrough";
    // Most producers have none, and nothing else was asked for.
    if (!isAsked && !this.#hasPassed) return;
    const untold = this.#told.take(monotonicMs());
    if (untold === undefined) return;
    logger.warn(
      "The producer's access units cannot be passed on: {why}. Its pictures are encoded, up to its next " +
        "key frame" + (untold > 0 ? " ({untold} changes were not told)" : ""),
      { why, untold },
    );
  }
}
