import type { KeyFrameRequest } from "./rtcp_parse.ts";

/** Minimum time between two requests to the encoder, in milliseconds: key frames are large. */
const MIN_INTERVAL_MS = 200;

/**
 * Forwards receivers' key frame requests to the encoder: at once, but at most once in an interval. Requests that arrive
 * within that time are forwarded as one when it has passed.
 */
export class KeyFrameRequests implements Disposable {
  readonly #forward: () => void;
  readonly #minIntervalMs: number;
  /**
   * Sequence number of each sender's last Full Intra Request. A sender repeats a request until it receives a key
   * frame.
   */
  readonly #sequences = new Map<number, number>();
  #forwardedMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #count = 0;

  /**
   * @param forward Requests a key frame.
   * @param minIntervalMs Minimum time between two requests that are forwarded.
   */
  constructor(forward: () => void, minIntervalMs: number = MIN_INTERVAL_MS) {
    this.#forward = forward;
    this.#minIntervalMs = minIntervalMs;
  }

  /** Number of requests received, without repetitions. */
  get count(): number {
    return this.#count;
  }

  /** Handles a request. */
  add({ from, sequence }: Pick<KeyFrameRequest, "from" | "sequence">): void {
    if (sequence !== undefined && this.#sequences.get(from) === sequence) return;
    // Bounds the memory that a hostile receiver can use by changing its SSRC.
    if (this.#sequences.size >= 64) this.#sequences.clear();
    if (sequence !== undefined) this.#sequences.set(from, sequence);
    this.#count++;
    if (this.#timer !== undefined) return;
    const waitMs = this.#forwardedMs + this.#minIntervalMs - performance.now();
    if (waitMs <= 0) this.#forwardNow();
    else this.#timer = setTimeout(() => this.#forwardNow(), waitMs);
  }

  /** Discards a pending request. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #forwardNow(): void {
    this.#timer = undefined;
    this.#forwardedMs = performance.now();
    this.#forward();
  }
}
