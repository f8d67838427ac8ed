/** Longest wait for a key frame, if `--gop` frames take longer. */
const LIMIT_MS = 2000;

/** A wait for the producer's next key frame, limited by frames and by time. It begins with the first frame counted. */
export class KeyFrameWait {
  readonly #maxFrames: number;
  #frames = 0;
  #sinceMs: number | undefined;

  /** @param maxFrames Frames that may pass without a key frame. */
  constructor(maxFrames: number) {
    this.#maxFrames = maxFrames;
  }

  /** Counts a frame without a key frame. Returns whether the wait is over. */
  countFrame(nowMs: number): boolean {
    this.#sinceMs ??= nowMs;
    this.#frames++;
    return this.#frames > this.#maxFrames || nowMs - this.#sinceMs >= LIMIT_MS;
  }
}
