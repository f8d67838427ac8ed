import { monotonicMs } from "../../ffi/clock.ts";

/** Longest time between two checks, so that a shorter limit takes effect. */
const CHECK_EVERY_MS = 2000;

/**
 * Calls back when there is no activity for a while, and again after each further such period. {@linkcode touch} only
 * stores the time: the timer compares it when it fires, and continues for the remainder.
 */
export class IdleTimer implements Disposable {
  /** Longest time without activity, in milliseconds. A change takes effect within two seconds. */
  limitMs: number;
  readonly #onIdle: (idleMs: number) => void;
  #touchedMs = monotonicMs();
  #calledMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param limitMs More than 0.
   * @param onIdle Called with the time since the last activity, in milliseconds.
   */
  constructor(limitMs: number, onIdle: (idleMs: number) => void) {
    this.limitMs = limitMs;
    this.#onIdle = onIdle;
    this.#arm(limitMs);
  }

  /** Records activity. Returns the time since the previous activity, in milliseconds. */
  touch(): number {
    const now = monotonicMs();
    const idleMs = now - this.#touchedMs;
    this.#touchedMs = now;
    return idleMs;
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => {
      const now = monotonicMs();
      const remainingMs = this.limitMs - (now - Math.max(this.#touchedMs, this.#calledMs));
      if (remainingMs > 0) return this.#arm(remainingMs);
      this.#calledMs = now;
      this.#arm(this.limitMs);
      this.#onIdle(now - this.#touchedMs);
    }, Math.min(delayMs, CHECK_EVERY_MS));
  }
}
