/**
 * Time limit of a whole test. It should be generous: it is for tests that hang, not for slow ones.
 *
 * @example
 * ```ts ignore
 * using limit = new TimeLimit(60);
 * await using child = startProduct(["--help"], limit.signal);
 * ```
 */
export class TimeLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;

  /**
   * Starts the timer.
   *
   * @param seconds Limit in seconds from now.
   */
  constructor(seconds: number) {
    this.#timer = setTimeout(
      () => this.#controller.abort(new Error(`The test's limit of ${seconds} s is over`)),
      seconds * 1000,
    );
  }

  /** Aborted when the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
