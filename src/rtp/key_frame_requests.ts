import type { KeyFrameRequest } from "./rtcp_parse.ts";

/** Least time from one key frame that is asked for to the next, in milliseconds: they are large. */
const LEAST_INTERVAL_MS = 200;

/**
 * Asks the encoder for key frames on receivers' behalf: at once, but not more often than every 200 ms. Wishes that come
 * sooner are granted together, at the end of that time.
 */
export class KeyFrameRequests implements Disposable {
  readonly #ask: () => void;
  /** Of the last Full Intra Request, by its sender: it is repeated until a key frame comes. */
  readonly #sequences = new Map<number, number>();
  #askedMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #count = 0;

  /** @param ask Asks the encoder. */
  constructor(ask: () => void) {
    this.#ask = ask;
  }

  /** How many wishes came. */
  get count(): number {
    return this.#count;
  }

  /** Takes a wish. */
  add({ from, sequence }: KeyFrameRequest): void {
    if (sequence !== undefined && this.#sequences.get(from) === sequence) return;
    // A hostile receiver could have any number of names.
    if (this.#sequences.size >= 64) this.#sequences.clear();
    if (sequence !== undefined) this.#sequences.set(from, sequence);
    this.#count++;
    if (this.#timer !== undefined) return;
    const waitMs = this.#askedMs + LEAST_INTERVAL_MS - performance.now();
    if (waitMs <= 0) this.#askNow();
    else this.#timer = setTimeout(() => this.#askNow(), waitMs);
  }

  /** Grants nothing more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #askNow(): void {
    this.#timer = undefined;
    this.#askedMs = performance.now();
    this.#ask();
  }
}
