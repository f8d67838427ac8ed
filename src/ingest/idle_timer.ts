import { monotonicMs } from "../../ffi/clock.ts";

/**
 * Calls back when nothing has happened for a while, and again after each further such while. Noting that
 * something happened costs a store: the timer looks at the time when it fires and goes on for the rest.
 */
export class IdleTimer implements Disposable {
  /** How long nothing may happen, in milliseconds; a change counts from the next firing on. */
  limitMs: number;
  readonly #onIdle: (idleMs: number) => void;
  #touchedMs = monotonicMs();
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
      const idleMs = monotonicMs() - this.#touchedMs;
      const remainingMs = this.limitMs - idleMs;
      this.#arm(remainingMs > 0 ? remainingMs : this.limitMs);
      if (remainingMs <= 0) this.#onIdle(idleMs);
    }, delayMs);
  }
}
