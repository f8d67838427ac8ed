import { RtmpConnectionError } from "../rtmp_error.ts";

/** Watches that each step of a dialogue comes to its end in time. */
export class StepLimit {
  readonly #limitMs: number;
  readonly #onTimeout: (error: RtmpConnectionError) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Calls `onTimeout` if a step takes longer than `limitMs`. */
  constructor(limitMs: number, onTimeout: (error: RtmpConnectionError) => void) {
    this.#limitMs = limitMs;
    this.#onTimeout = onTimeout;
  }

  /** Ends the step before, if there is one, and begins the next. */
  begin(step: string): void {
    this.end();
    this.#timer = setTimeout(() => {
      const message = `The RTMP server does not answer ${step} within ${this.#limitMs} ms`;
      this.#onTimeout(new RtmpConnectionError(message, "rtmp_timeout"));
    }, this.#limitMs);
  }

  /** Ends the last step. */
  end(): void {
    clearTimeout(this.#timer);
  }
}
