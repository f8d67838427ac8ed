import { monotonicMs } from "../../ffi/clock.ts";

/** The limit may have become shorter. */
const LOOK_EVERY_MS = 2000;

/**
 * Calls back when nothing has happened for a while, and again after each further such while. Noting that
 * something happened costs a store: the timer looks at the time when it fires and goes on for the rest.
 */
export class IdleTimer implements Disposable {
  /** How long nothing may happen, in milliseconds; a change counts within two seconds. */
  limitMs: number;
  readonly #onIdle: (idleMs: number) => void;
  #touchedMs = monotonicMs();
  #calledMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param limitMs More than 0.
   * @param onIdle Is told for how long nothing has happened, in milliseconds.
   */
  constructor(limitMs: number, onIdle: (idleMs: number) => void) {
    this.limitMs = limitMs;
    this.#onIdle = onIdle;
    this.#arm(limitMs);
  }

  /** Something happened. Returns for how long nothing had, in milliseconds. */
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
    }, Math.min(delayMs, LOOK_EVERY_MS));
  }
}
