/** Room for a key frame of 720p video; seldom more is needed. */
const INITIAL_BYTES = 256 * 1024;

/**
 * Memory for one message payload at a time. It grows by doubling and is used again, so that nothing
 * is allocated for a frame.
 */
export class PayloadBuffer {
  #memory: Uint8Array<ArrayBuffer>;

  /**
   * Begins with some memory.
   *
   * @param initialBytes How much.
   */
  constructor(initialBytes: number = INITIAL_BYTES) {
    this.#memory = new Uint8Array(initialBytes);
  }

  /** `bytes` bytes with whatever is in them. They are the caller's until the next call. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes > this.#memory.length) {
      this.#memory = new Uint8Array(Math.max(bytes, 2 * this.#memory.length));
    }
    return this.#memory.subarray(0, bytes);
  }
}
