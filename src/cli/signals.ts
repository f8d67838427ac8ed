/** The numbers that a shell adds to 128 for an exit by signal (signal(7)). */
export const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * A second signal that comes this soon is the first one again: `deno task` passes on the SIGINT of
 * a Ctrl-C that the terminal has already sent to the whole process group, and so do supervisors.
 */
const SAME_SIGNAL_MS = 200;

/** A signal that ends a command. */
export type EndSignal = keyof typeof SIGNAL_NUMBERS;

/**
 * Watches SIGINT and SIGTERM until disposed: the first aborts {@linkcode EndSignals.signal}, so that
 * a command ends in good order; the second calls `endNow`.
 */
export class EndSignals implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners: readonly (readonly [EndSignal, () => void])[];
  #firstAt = 0;

  /**
   * Starts to watch.
   *
   * @param first Called with the first signal, for a log line.
   * @param endNow Called with the exit code, 128 and the signal's number, at the second.
   */
  constructor(first: (name: EndSignal) => void, endNow: (exitCode: number) => void) {
    this.#listeners = (["SIGINT", "SIGTERM"] as const).map((name) => [name, () => {
      if (!this.#controller.signal.aborted) {
        this.#firstAt = performance.now();
        first(name);
        this.#controller.abort(name);
      } else if (performance.now() - this.#firstAt > SAME_SIGNAL_MS) {
        endNow(128 + SIGNAL_NUMBERS[name]);
      }
    }]);
    for (const [name, listener] of this.#listeners) Deno.addSignalListener(name, listener);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Leaves the signals to their default actions again. */
  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listeners) Deno.removeSignalListener(name, listener);
  }
}
