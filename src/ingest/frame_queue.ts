import type { Frame, PictureBuffer } from "./picture.ts";

/**
 * A bounded queue of frames that wait for the encoder. A new frame replaces the oldest when the queue is full, so a
 * slow encoder loses frames but adds no latency.
 */
export class FrameQueue<B extends PictureBuffer> {
  readonly #capacity: number;
  readonly #frames: Frame<B>[] = [];

  /**
   * @param capacity At least 1.
   * @throws {RangeError} If it is less.
   */
  constructor(capacity: number) {
    if (!(capacity >= 1)) throw new RangeError(`A queue holds at least 1 frame, got ${capacity}`);
    this.#capacity = capacity;
  }

  /** Number of frames in the queue. */
  get length(): number {
    return this.#frames.length;
  }

  /** Adds a frame. Returns true if the oldest was dropped, whose buffer is then discarded. */
  offer(frame: Frame<B>): boolean {
    const full = this.#frames.length === this.#capacity;
    if (full) this.#frames.shift()?.buffer.discard();
    this.#frames.push(frame);
    return full;
  }

  /** Removes and returns the oldest frame. */
  take(): Frame<B> | undefined {
    return this.#frames.shift();
  }

  /** Removes all frames and discards their buffers. Returns how many there were. */
  clear(): number {
    const count = this.#frames.length;
    for (const frame of this.#frames.splice(0)) frame.buffer.discard();
    return count;
  }
}
