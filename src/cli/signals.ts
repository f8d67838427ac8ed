/** Signal numbers (signal(7)). The exit code after a signal is 128 plus its number. */
export const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * A second signal within this time is a duplicate of the first: `deno task` and supervisors forward the
 * SIGINT of a Ctrl-C that the terminal has already sent to the whole process group.
 */
const SAME_SIGNAL_MS = 200;

/** A signal that ends a command. */
export type EndSignal = keyof typeof SIGNAL_NUMBERS;

/**
 * Handles the signals that end a command until disposed. The first signal aborts {@linkcode EndSignals.signal}, so
 * that the command shuts down cleanly. The second calls `endNow`.
 */
export class EndSignals implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners: readonly (readonly [EndSignal, () => void])[];
  #firstAt = 0;

  /**
   * Installs the handlers.
   *
   * @param first Called with the name of the first signal.
   * @param endNow Called on the second signal with the exit code, 128 plus the signal number.
   * @param names The signals.
   */
  constructor(
    first: (name: EndSignal) => void,
    endNow: (exitCode: number) => void,
    names: readonly EndSignal[],
  ) {
    this.#listeners = names.map((name) => [name, () => {
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

  /** Removes the handlers. */
  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listeners) Deno.removeSignalListener(name, listener);
  }
}
