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

/** Events of an {@linkcode Encoder}. */
export interface EncoderEvents {
  /** Called before `unit` or `withheld`: the frame must have been pushed by now, even if it was handed over. */
  beforeUnit(): void;
  /** Called with each access unit, in decoding order. */
  unit(unit: AccessUnit): void;
  /** Called when an access unit is withheld, because its frame was torn or because it refers to a torn one. */
  withheld(why: "torn" | "dropped"): void;
  /** Called when the encoder has nothing left to do: it would encode a frame at once. */
  hungry(): void;
  /** Called when the encoder failed. It gives nothing more. */
  failed(message: string): void;
  /** Called with each warning. */
  warning(message: string): void;
}

/** Memory for one picture, in the layout of the encoder that provided it. */
export class EncoderBuffer implements PictureBuffer {
  /** The only encoder that can encode what is in the buffer. */
  readonly encoder: Encoder;
  readonly layout: PlaneLayout;
  readonly #raw: RawBuffer;

  /** For {@linkcode Encoder.acquire}. */
  constructor(encoder: Encoder, raw: RawBuffer, layout: PlaneLayout) {
    this.encoder = encoder;
    this.#raw = raw;
    this.layout = layout;
  }

  /** Address of the first byte. */
  get data(): Deno.PointerObject {
    return this.#raw.data;
  }

  /** The encoder's source, which can take the picture without JavaScript. */
  get taker(): PictureTaker {
    return this.#raw.takenBy(this.encoder.source);
  }

  /** Returns the memory to the pool. */
  discard(): void {
    this.#raw.discard();
  }

  /** For {@linkcode Encoder.push}. */
  get raw(): RawBuffer {
    return this.#raw;
  }
}

/** Most frames in the encoder. If there are more, the oldest is regarded as lost. */
const MAX_IN_FLIGHT = 256;

/** A GStreamer encoder pipeline for pictures of one format. */
export class Encoder implements AsyncDisposable {
  /** The encoder element and its properties. */
  readonly candidate: EncoderCandidate;
  /** Format of the pictures. */
  readonly format: PictureFormat;
  /** Layout of the coded pictures, whose width and height are even. */
  readonly layout: PictureLayout;
  readonly #events: EncoderEvents;
  readonly #pipeline: GstPipeline;
  readonly #pool: BufferPool;
  #properties: ElementProperties;
  #frameRate: number;
  readonly #inFlight = new Map<number, Frame>();
  readonly #formats: FormatTracker;
  /** Whether access units refer to a torn frame, until the next key frame. */
  #broken = false;

  /**
   * Creates the pipeline; {@linkcode start} starts it.
   *
   * @param formatBefore Format of the previous encoder's access units. The same object is kept if the new format is
   * equal.
   * @throws {StreamerError} If GStreamer cannot create it.
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

  /** Starts the pipeline. Resolves with false if it does not start; `failed` is then called with the reason. */
  start(): Promise<boolean> {
    return this.#pipeline.play();
  }

  /** Frames per second that the rate control assumes. Changing it makes the next picture a key frame. */
  get frameRate(): number {
    return this.#frameRate;
  }

  set frameRate(frameRate: number) {
    if (frameRate === this.#frameRate) return;
    this.#frameRate = frameRate;
    this.#pipeline.setCaps(rawCaps(this.candidate.input, this.layout, frameRate));
  }

  /** The `GstAppSrc` that takes the frames. */
  get source(): Deno.PointerObject {
    return this.#pipeline.source;
  }

  /** Number of frames in the encoder. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Returns memory for the next picture. */
  acquire(): EncoderBuffer {
    return new EncoderBuffer(this, this.#pool.acquire(), this.layout.planes);
  }

  /** Encodes a frame in a buffer of this encoder; only records it if it was handed over. Never blocks. */
  push(frame: Frame<EncoderBuffer>): void {
    this.#inFlight.set(frame.ptsUs, frame);
    if (this.#inFlight.size > MAX_IN_FLIGHT) this.#forgetOldest();
    if (frame.handedOver === true) return;
    this.#pipeline.push(frame.buffer.raw, BigInt(frame.ptsUs) * 1000n);
  }

  /**
   * Changes the options from the next picture on. Only the bit rate may differ. Some hardware encoders ignore the
   * change.
   */
  setOptions(options: EncodeOptions): void {
    const before = this.#properties;
    this.#properties = this.candidate.properties(options);
    for (const [name, value] of Object.entries(this.#properties)) {
      if (value !== before[name]) this.#setProperty(name, value);
    }
  }

  /** Requests a key frame as soon as possible. */
  async requestKeyFrame(): Promise<void> {
    await this.#pipeline.requestKeyFrame();
  }

  /** Resolves when all frames have been encoded, or the encoder has failed. */
  async drain(): Promise<void> {
    await this.#pipeline.drain();
  }

  /** Stops at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipeline[Symbol.asyncDispose]();
    this.#pool[Symbol.dispose]();
  }

  #setProperty(name: string, requested: string | number): void {
    const limit = this.candidate.limits?.[name] ?? Infinity;
    const value = typeof requested === "number" ? Math.min(requested, limit) : requested;
    const outcome = this.#pipeline.setEncoderProperty(name, value);
    const inRange = typeof outcome === "string";
    if (inRange && value === requested) return;
    const allowed = inRange ? `up to ${limit}` : `${outcome.range.min} to ${outcome.range.max}`;
    const taken = inRange ? value : outcome.taken;
    this.#events.warning(`${name} can be ${allowed}: using ${taken} instead of ${requested}`);
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
      this.#events.warning(`An access unit has a time that no frame had: ${ptsUs} µs`);
      return;
    }
    this.#inFlight.delete(ptsUs);
    const coded = this.#formats.take(sample.data, sample.keyFrame, this.#frameRate);
    if (this.#withhold(frame, sample)) return;
    if (coded === undefined) {
      // No decoder could start here, and no sink could describe the stream.
      if (sample.keyFrame) this.#events.failed("its parameter sets are missing or cannot be read");
      return this.#events.withheld("dropped");
    }
    this.#events.unit({
      ...coded,
      keyFrame: sample.keyFrame,
      ptsUs,
      dtsUs: Number(sample.dtsNs / 1000n),
      captureUnixUs: frame.captureUnixUs,
      announcedUnixUs: frame.announcedUnixUs,
      readUnixUs: frame.readUnixUs,
      frameCount: frame.frameCount,
      identity: frame.identity,
    });
  }

  /** Withholds a frame that turned out to be torn, and those that refer to it. Returns whether it did. */
  #withhold(frame: Frame, sample: EncodedSample): boolean {
    if (!frame.confirm()) {
      this.#broken = true;
      this.#events.withheld("torn");
      this.requestKeyFrame().catch((error) =>
        this.#events.warning(`Cannot request a key frame: ${error}`)
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
