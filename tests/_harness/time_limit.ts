/**
 * The one limit of a test: generous, since it is there for what hangs and not for what is slow.
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
   * Begins to count.
   *
   * @param seconds From now on.
   */
  constructor(seconds: number) {
    this.#timer = setTimeout(
      () => this.#controller.abort(new Error(`The test's limit of ${seconds} s is over`)),
      seconds * 1000,
    );
  }

  /** Is aborted when the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The test is over. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
