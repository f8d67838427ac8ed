import type { StreamStatistics } from "./statistics.ts";

/** Pictures without an access unit before a stream may count as hung: three times what replaces a hardware encoder. */
const MAX_PICTURES = 180;
/** Minimum time since the first of these pictures, in milliseconds: the slowest encoder needs less. */
const MAX_MS = 10_000;

/**
 * Detects an encoding stream that hangs: pictures arrive that could be encoded, but no access units are
 * produced. A producer that publishes nothing valid does not count as a hang, nor does an unreachable
 * receiver or server.
 */
export class StreamProgress {
  #published = 0;
  #pictures = 0;
  #sinceMs = 0;

  /**
   * Checks the stream again.
   *
   * @param now Statistics, later than those of the previous call.
   * @returns Whether the stream makes progress.
   */
  alive(now: StreamStatistics): boolean {
    const { received, torn, stale, rejected } = now.ingest;
    const pictures = received - torn - stale - rejected;
    const published = now.encoded + now.passedOn;
    if (published !== this.#published) {
      this.#published = published;
      this.#pictures = pictures;
    }
    if (pictures === this.#pictures) this.#sinceMs = now.elapsedMs;
    return pictures - this.#pictures <= MAX_PICTURES || now.elapsedMs - this.#sinceMs <= MAX_MS;
  }
}
