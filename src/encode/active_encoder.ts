import { within } from "../within.ts";
import type { Encoder } from "./encoder.ts";

/** An encoder has stalled when it gave no access unit for this many frames and for this long. */
export const STALL = { frames: 60, leastMs: 2000 };
/** Longest time that an encoder may take to start. */
const START_LIMIT_MS = 10_000;

/** The encoder in use, with what decides whether it gets the next frame or is replaced. */
export class ActiveEncoder {
  readonly encoder: Encoder;
  /** Whether it would encode a frame at once. */
  needsFrame = false;
  /** Why it failed. */
  failure: string | undefined;
  #framesWithoutUnit = 0;
  #firstFrameMs = 0;

  /** Wraps an encoder, which {@linkcode start} starts. */
  constructor(encoder: Encoder) {
    this.encoder = encoder;
  }

  /** Starts the encoder. Returns why it does not start, or undefined if it did. */
  async start(): Promise<string | undefined> {
    const starting = this.encoder.start();
    const hasStarted = await within(START_LIMIT_MS, starting) && await starting;
    if (hasStarted && this.failure === undefined) return undefined;
    return this.failure ?? "it does not start";
  }

  /** Counts a frame for the encoder. Returns whether the encoder has stalled. */
  countFrame(): boolean {
    const now = performance.now();
    if (this.#framesWithoutUnit++ === 0) this.#firstFrameMs = now;
    return this.#framesWithoutUnit > STALL.frames && now - this.#firstFrameMs >= STALL.leastMs;
  }

  /** Records that an access unit came out. */
  countUnit(): void {
    this.#framesWithoutUnit = 0;
  }
}
