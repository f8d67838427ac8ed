import type { FrameReader } from "../../ffi/frame_reader.ts";
import { Offer } from "../../ffi/offer.ts";
import type { PlaneLayout } from "../../ffi/plane_layout.ts";
import type { Picture } from "../contract/mod.ts";
import type { FrameConsumer, PictureBuffer } from "./picture.ts";
import { sourceOf } from "./picture_judge.ts";

/** The pictures that memory is supplied for. */
interface Target {
  /** Layout key of the pictures. */
  readonly layout: Uint8Array;
  readonly picture: Picture;
  /** Made for the plane layout of the consumer's memory. */
  offer?: { readonly planes: PlaneLayout; readonly offer: Offer };
}

/** Keeps the reader thread supplied with the consumer's memory for the next frame. */
export class MemorySupply<B extends PictureBuffer> {
  readonly #reader: Pick<FrameReader, "offer" | "withdraw">;
  readonly #consumer: FrameConsumer<B>;
  #target: Target | undefined;
  /** The memory on offer. An event reports when a frame is in it. */
  #buffer: B | undefined;

  /** Offers memory of `consumer` to `reader`. */
  constructor(
    reader: Pick<FrameReader, "offer" | "withdraw">,
    consumer: FrameConsumer<B>,
  ) {
    this.#reader = reader;
    this.#consumer = consumer;
  }

  /** Whether memory is supplied for pictures of this layout. */
  isFor(layout: Uint8Array): boolean {
    const current = this.#target?.layout;
    return current !== undefined && layout.every((byte, at) => byte === current[at]);
  }

  /** Supplies memory for pictures like this one from now on. */
  setPicture(layout: Uint8Array, picture: Picture): void {
    this.release();
    this.#target = { layout, picture };
  }

  /**
   * Offers memory for the next frame, if none is on offer.
   *
   * @returns False if the consumer does not support such pictures.
   */
  supply(frameRate: number): boolean {
    const target = this.#target;
    if (target === undefined || this.#buffer !== undefined) return true;
    const { width, height } = target.picture;
    const buffer = this.#consumer.acquire({ width, height, frameRate });
    if (typeof buffer === "string") return buffer !== "never";
    if (target.offer?.planes !== buffer.layout) {
      const offer = new Offer(target.layout, sourceOf(target.picture), buffer.layout);
      target.offer = { planes: buffer.layout, offer };
    }
    this.#buffer = buffer;
    this.#reader.offer(target.offer.offer.aim(buffer));
    return true;
  }

  /** Takes the memory that holds an intact frame. */
  take(): B {
    const buffer = this.#buffer;
    if (buffer === undefined) throw new Error("A frame was read, but no memory was on offer");
    this.#buffer = undefined;
    return buffer;
  }

  /** Withdraws the memory on offer, even if a frame is in it. Call it only when no more events are handled. */
  end(): void {
    this.#reader.withdraw();
    this.#buffer?.discard();
    this.#buffer = undefined;
    this.#target = undefined;
  }

  /** Withdraws the memory on offer, and supplies none until {@linkcode setPicture}. */
  clear(): void {
    this.release();
    this.#target = undefined;
  }

  /** Withdraws the memory on offer, unless a frame is in it. */
  release(): void {
    // Call the reader even if nothing is on offer: it may still be handing a reported frame over to the encoder.
    const isFree = this.#reader.withdraw();
    if (this.#buffer === undefined || !isFree) return;
    this.#buffer.discard();
    this.#buffer = undefined;
  }
}
