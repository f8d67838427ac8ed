import type { StreamStatistics } from "../stream/statistics.ts";

/** Pictures without an access unit that no encoder needs: three times what replaces a hardware encoder. */
const MAX_PICTURES = 180;
/** And the time from the first of them on that no encoder needs, however slow, in milliseconds. */
const MAX_MS = 10_000;

/**
 * Tells from looks at a stream that encodes whether it gets on. Pictures that could be encoded and access
 * units that do not come are a stream that hangs. A producer that is silent, tears its frames or leaves no
 * valid ones is not the stream's failure, and neither is a receiver or server that is away.
 */
export class StreamProgress {
  #published = 0;
  #pictures = 0;
  #sinceMs = 0;

  /**
   * Looks again.
   *
   * @param now Later statistics than those of the last look.
   * @returns Whether the stream gets on.
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
