import type { RtmpChange } from "./rtmp_sink.ts";

/** A session that lasts this long is one; what ends it is news again. */
const LASTED_MS = 5000;

/**
 * Tells news from what repeats itself: a server that is down refuses every few seconds forever, and
 * one that takes a stream only to drop it at once does so likewise. Both belong in the log once.
 */
export class RtmpLogThrottle implements Disposable {
  readonly #tell: (change: RtmpChange, isNews: boolean) => void;
  readonly #lastedMs: number;
  #lastReason: string | undefined;
  #publishingSinceMs: number | undefined;
  #isFlapping = false;
  #hasToldPublishing = false;
  /** Tells of a session that was not worth telling when it began, and lasts. */
  #late: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param tell Hears of each change at once, and whether it is news; and once more of a session that turns out to be
   * news because it lasts.
   */
  constructor(tell: (change: RtmpChange, isNews: boolean) => void, lastedMs = LASTED_MS) {
    this.#tell = tell;
    this.#lastedMs = lastedMs;
  }

  /** Takes the next change. */
  take(change: RtmpChange): void {
    switch (change.kind) {
      case "publishing":
        return this.#onPublishing(change);
      case "lost":
        return this.#onLost(change);
      case "moving":
        // That session is over.
        clearTimeout(this.#late);
    }
    this.#tell(change, true);
  }

  /** Tells nothing any more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#late);
  }

  #onPublishing(change: RtmpChange): void {
    clearTimeout(this.#late);
    this.#publishingSinceMs = performance.now();
    this.#hasToldPublishing = !this.#isFlapping;
    this.#tell(change, this.#hasToldPublishing);
    if (this.#hasToldPublishing) return;
    this.#late = setTimeout(() => {
      this.#hasToldPublishing = true;
      this.#tell(change, true);
    }, this.#lastedMs);
  }

  #onLost(change: RtmpChange & { readonly kind: "lost" }): void {
    clearTimeout(this.#late);
    const since = this.#publishingSinceMs;
    const lasted = since !== undefined && performance.now() - since >= this.#lastedMs;
    const isOther = change.reason !== this.#lastReason;
    this.#isFlapping = since !== undefined && !lasted && !isOther;
    this.#lastReason = change.reason;
    this.#publishingSinceMs = undefined;
    // Who was told that the server takes the stream must hear that it no longer does.
    const isNews = lasted || isOther || this.#hasToldPublishing;
    this.#hasToldPublishing = false;
    this.#tell(change, isNews);
  }
}
