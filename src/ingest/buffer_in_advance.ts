import {
  type FrameConsumer,
  type PictureBuffer,
  type PictureFormat,
  sameFormat,
} from "./picture.ts";

/** The consumer's memory, of which that for the next frame is taken while there is time. */
export class BufferInAdvance<B extends PictureBuffer> {
  readonly #consumer: FrameConsumer<B>;
  readonly #beforeRelease: () => void;
  #next: { readonly buffer: B; readonly format: PictureFormat } | undefined;

  /** @param beforeRelease After it nobody writes to memory that was taken in advance. */
  constructor(consumer: FrameConsumer<B>, beforeRelease: () => void) {
    this.#consumer = consumer;
    this.#beforeRelease = beforeRelease;
  }

  /** Takes memory for the next frame, unless that was done; it stays here. Undefined when there is none. */
  provide(format: PictureFormat): B | undefined {
    const buffer = this.take(format);
    if (buffer !== undefined) this.#next = { buffer, format };
    return buffer;
  }

  /** Memory for a frame of this format: what was provided, if it was for such a one. */
  take(format: PictureFormat): B | undefined {
    const next = this.#next;
    if (next !== undefined && sameFormat(next.format, format)) {
      this.#next = undefined;
      return next.buffer;
    }
    this.release();
    return this.#consumer.acquire(format);
  }

  /** Gives back what was provided. */
  release(): void {
    if (this.#next === undefined) return;
    this.#beforeRelease();
    this.#next.buffer.discard();
    this.#next = undefined;
  }
}
