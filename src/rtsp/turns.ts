/** Messages of all clients that are handled in one turn of the event loop. */
const MESSAGES_AT_ONCE = 32;

/** Shares the turns of the event loop among the clients of a server: what they send must not keep cameras waiting. */
export class Turns implements Disposable {
  #left = MESSAGES_AT_ONCE;
  #next = Promise.withResolvers<void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Resolves when a message may be handled. */
  async take(): Promise<void> {
    while (this.#left === 0) await this.#next.promise;
    if (this.#left === Infinity) return;
    this.#left--;
    // Whoever takes the last one has seen to the next turn.
    this.#timer ??= setTimeout(() => this.#begin());
  }

  /** Lets all go on. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#left = Infinity;
    this.#next.resolve();
  }

  #begin(): void {
    this.#timer = undefined;
    this.#left = MESSAGES_AT_ONCE;
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }
}
