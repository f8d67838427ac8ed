// Test helpers: an encoder with a source of pictures, its options and candidates.
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import type { StreamerError } from "../errors.ts";
import type { PictureFormat } from "../ingest/picture.ts";
import { ENCODER_CANDIDATES, type EncoderCandidate } from "./candidates.ts";
import type { EncodeOptions } from "./options.ts";
import { ReliableEncoder } from "./reliable_encoder.ts";

/** Default options of tests. */
export const OPTIONS: EncodeOptions = {
  codec: "h264",
  encoder: "software",
  gop: 30,
  bFrames: 0,
  bitrateKbps: 1000,
  speedPreset: "ultrafast",
};

/** A small picture at 30 fps. */
export const SMALL: PictureFormat = { width: 320, height: 240, frameRate: 30 };

/** Returns the first software encoder of a codec. */
export function softwareCandidate(codec: Codec): EncoderCandidate {
  const found = ENCODER_CANDIDATES.find((it) => it.codec === codec && it.kind === "software");
  if (found === undefined) throw new Error(`No software encoder for ${codec}`);
  return found;
}

/** An encoder fed with gray pictures, which collects its output. */
export class EncoderBench implements AsyncDisposable {
  /** Access units in the order of output. */
  readonly units: AccessUnit[] = [];
  /** Number of frames dropped. */
  dropped = 0;
  /** Why access units were withheld. */
  readonly withheld: string[] = [];
  /** Whether a frame turns out to be intact. */
  confirm: () => boolean = () => true;
  /** Reported failure. */
  failure: StreamerError | undefined;
  /** The object under test. */
  readonly encoder: ReliableEncoder;
  #frames = 0;

  /** Makes an encoder that may use these candidates. */
  constructor(
    candidates: readonly EncoderCandidate[],
    options: EncodeOptions = OPTIONS,
    queueSize = 1,
  ) {
    this.encoder = new ReliableEncoder(candidates, options, queueSize, {
      unit: (unit) => this.units.push(unit),
      withheld: (why) => this.withheld.push(why),
      dropped: (count) => this.dropped += count,
      failed: (error) => this.failure = error,
    });
  }

  /** Number of frames delivered, and number of the next one. */
  get frames(): number {
    return this.#frames;
  }

  /** Delivers a frame if the encoder has memory for it. Returns whether it did. */
  offer(format: PictureFormat = SMALL): boolean {
    const buffer = this.encoder.acquire(format);
    if (typeof buffer === "string") return false;
    const size = buffer.layout.yStride * format.height;
    const luma = new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(buffer.data, size));
    luma.fill((this.#frames * 7) & 255);
    const frameCount = this.#frames++;
    this.encoder.deliver({
      buffer,
      frameCount,
      ptsUs: frameCount * 33_333,
      captureUnixUs: 0,
      confirm: () => this.confirm(),
    });
    return true;
  }

  /**
   * Delivers a frame in each turn of the event loop until the condition holds.
   *
   * @throws {Error} After 30 seconds.
   */
  async offerUntil(done: () => boolean, format: PictureFormat = SMALL): Promise<void> {
    const deadline = performance.now() + 30_000;
    while (!done()) {
      if (performance.now() > deadline) throw new Error("The condition did not hold within 30 s");
      this.offer(format);
      await nextTurn();
    }
  }

  /** Encodes this many frames one at a time. */
  async encode(count: number, format: PictureFormat = SMALL): Promise<void> {
    for (let i = 0; i < count; i++) {
      const before = this.units.length;
      await this.#offerOne(format);
      while (this.units.length === before) await nextTurn();
    }
  }

  /** Stops the encoder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.encoder[Symbol.asyncDispose]();
  }

  async #offerOne(format: PictureFormat): Promise<void> {
    while (!this.offer(format)) await nextTurn();
  }
}

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
