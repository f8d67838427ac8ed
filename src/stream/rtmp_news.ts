import type { RtmpChange } from "../rtmp/rtmp_sink.ts";

/** A session that lasted this long was one; what ends it is news again. */
const LASTED_MS = 5000;

/**
 * Tells news from what repeats itself: a server that is down refuses every few seconds for ever, and
 * one that takes a stream only to drop it at once does so likewise. Both belong in the log once.
 */
export class RtmpNews {
  #lastReason: string | undefined;
  #publishingSinceMs: number | undefined;
  #flapping = false;
  #toldPublishing = false;

  /** Whether a change is worth telling. Each is to be given, in order. */
  isNews(change: RtmpChange, nowMs: number): boolean {
    if (change.kind === "publishing") {
      this.#publishingSinceMs = nowMs;
      return this.#toldPublishing = !this.#flapping;
    }
    if (change.kind !== "lost") return true;
    const since = this.#publishingSinceMs;
    const lasted = since !== undefined && nowMs - since >= LASTED_MS;
    const isOther = change.reason !== this.#lastReason;
    // Who was told that the server takes the stream must hear that it no longer does.
    const news = lasted || isOther || this.#toldPublishing;
    this.#flapping = since !== undefined && !lasted && !isOther;
    this.#lastReason = change.reason;
    this.#publishingSinceMs = undefined;
    this.#toldPublishing = false;
    return news;
  }
}
