import { monotonicMs } from "../../ffi/clock.ts";

/**
 * Calls back when nothing has been heard for a while. Hearing something costs a store: the timer looks
 * at the time when it fires and goes on for the rest.
 */
export class Silence implements Disposable {
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  #heardMs = monotonicMs();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param limitMs More than 0.
   * @param onSilence Called once for each silence.
   */
  constructor(limitMs: number, onSilence: () => void) {
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#arm(limitMs);
  }

  /** Something was heard. Returns for how long nothing had been, in milliseconds. */
  heard(): number {
    const now = monotonicMs();
    const silentMs = now - this.#heardMs;
    this.#heardMs = now;
    if (this.#timer === undefined) this.#arm(this.#limitMs);
    return silentMs;
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => {
      const remainingMs = this.#heardMs + this.#limitMs - monotonicMs();
      this.#timer = undefined;
      if (remainingMs > 0) this.#arm(remainingMs);
      else this.#onSilence();
    }, delayMs);
  }
}
