import type { PictureTaker } from "../../ffi/offer.ts";
import type { PlaneLayout } from "../../ffi/plane_layout.ts";
import { BufferPool, type EncodedSample, type RawBuffer } from "../../ffi/gst_buffer.ts";
import { GstPipeline } from "../../ffi/gst_pipeline.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import { FormatTracker } from "../bitstream/format_tracker.ts";
import type { Frame, PictureBuffer, PictureFormat } from "../ingest/picture.ts";
import type { EncoderCandidate } from "./candidates.ts";
import type { ElementProperties } from "./element_properties.ts";
import type { EncodeOptions } from "./options.ts";
import { type PictureLayout, pictureLayout, rawCaps } from "./picture_layout.ts";

/** What an encoder tells while it runs. */
export interface EncoderEvents {
  /** An access unit has come out: by now its frame must have been pushed, also if it was handed over. */
  beforeUnit(): void;
  /** An access unit, in decoding order. */
  unit(unit: AccessUnit): void;
  /** An access unit was kept back: its frame was torn, or it refers to one that was. */
  withheld(why: "torn" | "dropped"): void;
  /** It has nothing left to do: a frame that is pushed now is encoded at once. */
  hungry(): void;
  /** It has failed and gives nothing more. */
  failed(message: string): void;
  /** Something that GStreamer warns of. */
  warning(message: string): void;
}

/** Memory for one picture, in the layout of the encoder that gave it. */
export class EncoderBuffer implements PictureBuffer {
  /** Whose it is: no other can encode what is in it. */
  readonly encoder: Encoder;
  readonly layout: PlaneLayout;
  readonly #raw: RawBuffer;

  /** For {@linkcode Encoder.acquire}. */
  constructor(encoder: Encoder, raw: RawBuffer, layout: PlaneLayout) {
    this.encoder = encoder;
    this.#raw = raw;
    this.layout = layout;
  }

  /** First byte. */
  get data(): Deno.PointerObject {
    return this.#raw.data;
  }

  /** The encoder's source, which can have the picture without JavaScript. */
  get taker(): PictureTaker {
    return this.#raw.takenBy(this.encoder.source);
  }

  /** Gives the memory back. */
  discard(): void {
    this.#raw.discard();
  }

  /** For {@linkcode Encoder.push}. */
  get raw(): RawBuffer {
    return this.#raw;
  }
}

/** Frames that an encoder may hold before one that never came out counts as lost in it. */
const MAX_IN_FLIGHT = 256;

/** One GStreamer encoder at work on pictures of one format. */
export class Encoder implements AsyncDisposable {
  /** Which encoder this is. */
  readonly candidate: EncoderCandidate;
  /** What it takes. */
  readonly format: PictureFormat;
  /** Size of the coded pictures in pixels: even. */
  readonly layout: PictureLayout;
  readonly #events: EncoderEvents;
  readonly #pipeline: GstPipeline;
  readonly #pool: BufferPool;
  #properties: ElementProperties;
  #frameRate: number;
  readonly #inFlight = new Map<number, Frame>();
  readonly #formats: FormatTracker;
  /** A torn frame went into the encoder: what comes out refers to it, up to the next key frame. */
  #broken = false;

  /**
   * Makes the pipeline; {@linkcode start} starts it.
   *
   * @param formatBefore What the access units of the encoder before were coded in.
   * @throws {StreamerError} If GStreamer cannot make it.
   */
  constructor(
    candidate: EncoderCandidate,
    format: PictureFormat,
    options: EncodeOptions,
    events: EncoderEvents,
    formatBefore?: CodedFormat,
  ) {
    this.candidate = candidate;
    this.format = format;
    this.layout = pictureLayout(candidate.input, format.width, format.height);
    this.#events = events;
    this.#frameRate = format.frameRate;
    this.#formats = new FormatTracker(candidate.codec, formatBefore);
    this.#pipeline = new GstPipeline(this.#description(), {
      sample: (sample) => this.#onSample(sample),
      hungry: () => events.hungry(),
      failed: (message) => events.failed(message),
      warning: (message) => events.warning(message),
    });
    this.#properties = candidate.properties(options);
    for (const [name, value] of Object.entries(this.#properties)) this.#setProperty(name, value);
    this.#pool = new BufferPool(this.layout.size);
  }

  /** Starts the pipeline. False: it refuses, and `failed` tells why. */
  start(): Promise<boolean> {
    return this.#pipeline.play();
  }

  /** Frames a second that the rate control goes by; a change makes the next picture a key frame. */
  get frameRate(): number {
    return this.#frameRate;
  }

  set frameRate(frameRate: number) {
    if (frameRate === this.#frameRate) return;
    this.#frameRate = frameRate;
    this.#pipeline.setCaps(rawCaps(this.candidate.input, this.layout, frameRate));
  }

  /** Where frames go in: a `GstAppSrc`. */
  get source(): Deno.PointerObject {
    return this.#pipeline.source;
  }

  /** Frames that went in and have not come out. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Memory for the next picture. */
  acquire(): EncoderBuffer {
    return new EncoderBuffer(this, this.#pool.acquire(), this.layout.planes);
  }

  /** Encodes a frame whose buffer came from this encoder, if it has not been handed over. Never blocks. */
  push(frame: Frame<EncoderBuffer>): void {
    this.#inFlight.set(frame.ptsUs, frame);
    if (this.#inFlight.size > MAX_IN_FLIGHT) this.#forgetOldest();
    if (frame.handedOver === true) return;
    this.#pipeline.push(frame.buffer.raw, BigInt(frame.ptsUs) * 1000n);
  }

  /**
   * Changes how it encodes, from the next picture on. Only the bit rate may differ, and some encoders of devices go by
   * the first one as long as they run.
   */
  setOptions(options: EncodeOptions): void {
    const before = this.#properties;
    this.#properties = this.candidate.properties(options);
    for (const [name, value] of Object.entries(this.#properties)) {
      if (value !== before[name]) this.#setProperty(name, value);
    }
  }

  /** Asks for a key frame as soon as possible. */
  async requestKeyFrame(): Promise<void> {
    await this.#pipeline.requestKeyFrame();
  }

  /** Resolves when everything that was pushed has come out, or the encoder has failed. */
  async drain(): Promise<void> {
    await this.#pipeline.drain();
  }

  /** Stops at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipeline[Symbol.asyncDispose]();
    this.#pool[Symbol.dispose]();
  }

  #setProperty(name: string, asked: string | number): void {
    const limit = this.candidate.limits?.[name] ?? Infinity;
    const value = typeof asked === "number" ? Math.min(asked, limit) : asked;
    const outcome = this.#pipeline.setEncoderProperty(name, value);
    const inRange = typeof outcome === "string";
    if (inRange && value === asked) return;
    const allowed = inRange ? `up to ${limit}` : `${outcome.range.min} to ${outcome.range.max}`;
    const taken = inRange ? value : outcome.taken;
    this.#events.warning(`${name} can be ${allowed}: ${taken} is used in place of ${asked}`);
  }

  #description(): string {
    const { candidate, layout, format } = this;
    const outputCaps = candidate.outputCaps === undefined ? [] : [candidate.outputCaps];
    const coded = candidate.codec === "h264" ? "video/x-h264" : "video/x-h265";
    return [
      `appsrc name=source is-live=true format=time block=false max-bytes=0 ` +
      `caps=${rawCaps(candidate.input, layout, format.frameRate)}`,
      ...(candidate.upload === undefined ? [] : [candidate.upload]),
      `${candidate.element} name=encoder`,
      [coded, "stream-format=byte-stream", "alignment=au", ...outputCaps].join(","),
      `appsink name=sink sync=false async=false`,
    ].join(" ! ");
  }

  #onSample(sample: EncodedSample): void {
    this.#events.beforeUnit();
    const ptsUs = Number(sample.ptsNs / 1000n);
    const frame = this.#inFlight.get(ptsUs);
    if (frame === undefined) {
      this.#events.warning(`An access unit came out for a time that no frame had: ${ptsUs} µs`);
      return;
    }
    this.#inFlight.delete(ptsUs);
    const coded = this.#formats.take(sample.data, sample.keyFrame, this.#frameRate);
    if (this.#withhold(frame, sample)) return;
    if (coded === undefined) {
      // No decoder could begin here, and no sink say what it sends.
      if (sample.keyFrame) this.#events.failed("its parameter sets are missing or cannot be read");
      return this.#events.withheld("dropped");
    }
    this.#events.unit({
      ...coded,
      keyFrame: sample.keyFrame,
      ptsUs,
      dtsUs: Number(sample.dtsNs / 1000n),
      captureUnixUs: frame.captureUnixUs,
      frameCount: frame.frameCount,
    });
  }

  /** Keeps back what comes of a frame that turned out to be torn. */
  #withhold(frame: Frame, sample: EncodedSample): boolean {
    if (!frame.confirm()) {
      this.#broken = true;
      this.#events.withheld("torn");
      this.requestKeyFrame().catch((error) =>
        this.#events.warning(`No key frame can be asked for: ${error}`)
      );
      return true;
    }
    if (sample.keyFrame) this.#broken = false;
    if (this.#broken) this.#events.withheld("dropped");
    return this.#broken;
  }

  #forgetOldest(): void {
    for (const ptsUs of this.#inFlight.keys()) {
      this.#inFlight.delete(ptsUs);
      return;
    }
  }
}
