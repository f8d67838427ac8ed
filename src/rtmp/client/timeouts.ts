import type { StreamerError } from "../../errors.ts";
import { RtmpConnectionError } from "../rtmp_error.ts";

/** Default limit in milliseconds. Servers that ask an authorization service take seconds to answer. */
export const DEFAULT_RTMP_TIMEOUT_MS = 30_000;

/** Largest factor by which {@linkcode AdaptiveTimeout} extends its initial limit. */
const MAX_FACTOR = 4;

/** Time limit for a server's answers. It doubles after each timeout, up to four times the initial limit. */
export class AdaptiveTimeout {
  readonly #initialMs: number;
  #factor = 1;

  /** @param initialMs Limit for the first attempt, in milliseconds. */
  constructor(initialMs: number) {
    this.#initialMs = initialMs;
  }

  /** Limit for the next attempt, in milliseconds. */
  get timeoutMs(): number {
    return this.#initialMs * this.#factor;
  }

  /** Adapts the limit to the error that ended an attempt. */
  observe({ code }: StreamerError): void {
    this.#factor = code === "rtmp_timeout" ? Math.min(2 * this.#factor, MAX_FACTOR) : 1;
  }
}

/** Limits the duration of each step of a dialogue. */
export class StepTimer {
  readonly #limitMs: number;
  readonly #onTimeout: (error: RtmpConnectionError) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Calls `onTimeout` if a step takes longer than `limitMs`. */
  constructor(limitMs: number, onTimeout: (error: RtmpConnectionError) => void) {
    this.#limitMs = limitMs;
    this.#onTimeout = onTimeout;
  }

  /** Starts the timer for `step` and stops the one of the previous step. */
  start(step: string): void {
    this.stop();
    this.#timer = setTimeout(() => {
      const message = `The RTMP server does not answer ${step} within ${this.#limitMs} ms`;
      this.#onTimeout(new RtmpConnectionError(message, "rtmp_timeout"));
    }, this.#limitMs);
  }

  /** Stops the timer of the current step. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
