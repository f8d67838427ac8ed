interface Waiter {
  readonly pattern: RegExp;
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

/** Collects the lines that a process writes to one of its streams, and waits for a matching one. */
export class LineLog {
  readonly #name: string;
  readonly #lines: string[] = [];
  #waiters: Waiter[] = [];
  #over = false;
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;

  /**
   * Starts to read a stream to its end.
   *
   * @param name Name of the stream in errors.
   */
  constructor(name: string, stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#name = name;
    this.ended = this.#read(stream);
  }

  /** The lines written so far. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /**
   * Resolves with the first line, past or future, that matches.
   *
   * @throws {Error} If the stream ends without a match; the message has all lines.
   */
  waitFor(pattern: RegExp): Promise<string> {
    const past = this.#lines.find((line) => pattern.test(line));
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve, reject) => {
      const waiter = { pattern, resolve, reject };
      if (this.#over) this.#rejectWaiter(waiter);
      else this.#waiters.push(waiter);
    });
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      // Progress output that is redrawn ends its lines with a carriage return.
      const lines = (rest + text).split(/\r\n|\n|\r/);
      rest = lines.pop() ?? "";
      for (const line of lines) this.#add(line);
    }
    if (rest !== "") this.#add(rest);
    this.#over = true;
    for (const waiter of this.#waiters.splice(0)) this.#rejectWaiter(waiter);
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#waiters = this.#waiters.filter(({ pattern, resolve }) => {
      if (!pattern.test(line)) return true;
      resolve(line);
      return false;
    });
  }

  #rejectWaiter({ pattern, reject }: Waiter): void {
    reject(new Error(`${this.#name} ended without ${pattern}:\n${this.#lines.join("\n")}`));
  }
}
