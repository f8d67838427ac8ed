import type { FrameReader } from "../../ffi/frame_reader.ts";
import { Offer } from "../../ffi/offer.ts";
import type { PlaneLayout } from "../../ffi/plane_layout.ts";
import type { Picture } from "../contract/mod.ts";
import type { FrameConsumer, PictureBuffer } from "./picture.ts";
import { sourceOf } from "./picture_judge.ts";

/** The pictures that frames have now. */
interface Wanted {
  readonly layout: Uint8Array;
  readonly picture: Picture;
  /** Made for the planes of the consumer's memory. */
  offer?: { readonly planes: PlaneLayout; readonly offer: Offer };
}

/** Sees to it that the reader thread has the consumer's memory for the next frame. */
export class MemorySupply<B extends PictureBuffer> {
  readonly #reader: Pick<FrameReader, "offer" | "withdraw">;
  readonly #consumer: FrameConsumer<B>;
  #wanted: Wanted | undefined;
  /** On offer, or full, which an event tells. */
  #buffer: B | undefined;

  /** Offers memory of `consumer` to `reader`. */
  constructor(
    reader: Pick<FrameReader, "offer" | "withdraw">,
    consumer: FrameConsumer<B>,
  ) {
    this.#reader = reader;
    this.#consumer = consumer;
  }

  /** Whether frames of this layout are what memory is supplied for. */
  isFor(layout: Uint8Array): boolean {
    const wanted = this.#wanted?.layout;
    return wanted !== undefined && layout.every((byte, at) => byte === wanted[at]);
  }

  /** From now on, memory is for pictures like this one. */
  want(layout: Uint8Array, picture: Picture): void {
    this.release();
    this.#wanted = { layout, picture };
  }

  /**
   * Offers memory for the next frame, unless that was done.
   *
   * @returns False if the consumer will never have any for such pictures.
   */
  supply(frameRate: number): boolean {
    const wanted = this.#wanted;
    if (wanted === undefined || this.#buffer !== undefined) return true;
    const { width, height } = wanted.picture;
    const buffer = this.#consumer.acquire({ width, height, frameRate });
    if (typeof buffer === "string") return buffer !== "never";
    if (wanted.offer?.planes !== buffer.layout) {
      const offer = new Offer(wanted.layout, sourceOf(wanted.picture), buffer.layout);
      wanted.offer = { planes: buffer.layout, offer };
    }
    this.#buffer = buffer;
    this.#reader.offer(wanted.offer.offer.aim(buffer));
    return true;
  }

  /** Takes the memory that holds a whole frame. */
  take(): B {
    const buffer = this.#buffer;
    if (buffer === undefined) throw new Error("A frame was read into memory that nobody offered");
    this.#buffer = undefined;
    return buffer;
  }

  /** Takes memory back, whatever is in it: no event will be handled any more. */
  end(): void {
    this.#reader.withdraw();
    this.#buffer?.discard();
    this.#buffer = undefined;
    this.#wanted = undefined;
  }

  /** Takes memory back, and supplies none before it is told what for. */
  forget(): void {
    this.release();
    this.#wanted = undefined;
  }

  /** Takes memory back that no frame is in yet. */
  release(): void {
    // Also where nothing is on offer: a frame of which an event has told may be on its way to the encoder still.
    const isFree = this.#reader.withdraw();
    if (this.#buffer === undefined || !isFree) return;
    this.#buffer.discard();
    this.#buffer = undefined;
  }
}
