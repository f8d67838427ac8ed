import type { Frame, PictureBuffer } from "./picture.ts";

/**
 * Whole frames that wait for the encoder: at most so many, and the oldest gives way to the newest,
 * so that a slow encoder costs frames and never latency.
 */
export class FrameQueue<B extends PictureBuffer> {
  readonly #capacity: number;
  readonly #frames: Frame<B>[] = [];

  /** @param capacity At least 1. */
  constructor(capacity: number) {
    if (!(capacity >= 1)) throw new RangeError(`A queue holds at least 1 frame, got ${capacity}`);
    this.#capacity = capacity;
  }

  /** Frames that wait. */
  get length(): number {
    return this.#frames.length;
  }

  /** Adds a frame. True when the oldest had to give way; its buffer is given back. */
  offer(frame: Frame<B>): boolean {
    const full = this.#frames.length === this.#capacity;
    if (full) this.#frames.shift()?.buffer.discard();
    this.#frames.push(frame);
    return full;
  }

  /** Takes the oldest frame. */
  take(): Frame<B> | undefined {
    return this.#frames.shift();
  }

  /** Gives all buffers back. Returns how many frames that cost. */
  clear(): number {
    const count = this.#frames.length;
    for (const frame of this.#frames.splice(0)) frame.buffer.discard();
    return count;
  }
}
