import type { RtmpChange } from "./rtmp_sink_options.ts";

/** A session that lasts this long is stable: its end is logged again. */
const LASTED_MS = 5000;

/**
 * Separates new changes from repetitions. A server that is down refuses every few seconds, forever, and
 * some servers accept a stream only to drop it immediately. Both should appear in the log once.
 */
export class RtmpLogThrottle implements Disposable {
  readonly #log: (change: RtmpChange, isNew: boolean) => void;
  readonly #lastedMs: number;
  #lastReason: string | undefined;
  #publishingSinceMs: number | undefined;
  #isFlapping = false;
  #isPublishingLogged = false;
  /** Logs a suppressed `publishing` change once its session has become stable. */
  #stableTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param log Called with each change immediately, and whether it is new; called a second time for a
   * suppressed session that becomes stable.
   * @param lastedMs Milliseconds after which a session is stable.
   */
  constructor(log: (change: RtmpChange, isNew: boolean) => void, lastedMs = LASTED_MS) {
    this.#log = log;
    this.#lastedMs = lastedMs;
  }

  /** Takes the next change. */
  push(change: RtmpChange): void {
    switch (change.kind) {
      case "publishing":
        return this.#onPublishing(change);
      case "lost":
        return this.#onLost(change);
      case "moving":
        // The session is over.
        clearTimeout(this.#stableTimer);
    }
    this.#log(change, true);
  }

  /** Stops logging. */
  [Symbol.dispose](): void {
    clearTimeout(this.#stableTimer);
  }

  #onPublishing(change: RtmpChange): void {
    clearTimeout(this.#stableTimer);
    this.#publishingSinceMs = performance.now();
    this.#isPublishingLogged = !this.#isFlapping;
    this.#log(change, this.#isPublishingLogged);
    if (this.#isPublishingLogged) return;
    this.#stableTimer = setTimeout(() => {
      this.#isPublishingLogged = true;
      this.#log(change, true);
    }, this.#lastedMs);
  }

  #onLost(change: RtmpChange & { readonly kind: "lost" }): void {
    clearTimeout(this.#stableTimer);
    const since = this.#publishingSinceMs;
    const lasted = since !== undefined && performance.now() - since >= this.#lastedMs;
    const isNewReason = change.reason !== this.#lastReason;
    this.#isFlapping = since !== undefined && !lasted && !isNewReason;
    this.#lastReason = change.reason;
    this.#publishingSinceMs = undefined;
    // If the log says that the server accepts the stream, it must also say that this has ended.
    const isNew = lasted || isNewReason || this.#isPublishingLogged;
    this.#isPublishingLogged = false;
    this.#log(change, isNew);
  }
}
