import type { StreamerError } from "../errors.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { PictureFormat } from "../ingest/picture.ts";
import type { EncoderCandidate } from "./candidates.ts";
import type { EncodeOptions } from "./options.ts";
import { ReliableEncoder } from "./reliable_encoder.ts";

/** Options that a test changes where it must. */
export const OPTIONS: EncodeOptions = {
  codec: "h264",
  encoder: "software",
  gop: 30,
  bFrames: 0,
  bitrateKbps: 1000,
  speedPreset: "ultrafast",
};

/** A small picture at 30 frames a second. */
export const SMALL: PictureFormat = { width: 320, height: 240, frameRate: 30 };

/** An encoder with a source of grey pictures in front of it, and what came out. */
export class EncoderBench implements AsyncDisposable {
  /** Access units, in the order of their coming. */
  readonly units: AccessUnit[] = [];
  /** Frames that gave way. */
  dropped = 0;
  /** Access units that were kept back, and why. */
  readonly withheld: string[] = [];
  /** Whether frames turn out to have been whole. */
  confirm: () => boolean = () => true;
  /** Why no encoder was left. */
  failure: StreamerError | undefined;
  /** What is tested. */
  readonly encoder: ReliableEncoder;
  #frames = 0;

  /** An encoder of these candidates. */
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

  /** Frames delivered so far; their numbers and times follow from it. */
  get frames(): number {
    return this.#frames;
  }

  /** Delivers a frame if the encoder has memory for it. */
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

  /** Keeps frames coming, one for each turn of the event loop, until something is the case. */
  async offerUntil(done: () => boolean, format: PictureFormat = SMALL): Promise<void> {
    const deadline = performance.now() + 30_000;
    while (!done()) {
      if (performance.now() > deadline) throw new Error("What was waited for did not come");
      this.offer(format);
      await nextTurn();
    }
  }

  /** Encodes so many frames, each after the one before it has come out. */
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

/** Lets everything that is ready happen, once. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
