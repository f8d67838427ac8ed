/** Where bytes go: `Deno.stdout`, `Deno.stderr`, or a stand-in. */
export interface ByteWriter {
  /** Takes some of the bytes; resolves with how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Text that may wait for a slow reader, in UTF-16 units. Beyond that, it is lost and counted. */
const MAX_WAITING = 1 << 20;

/**
 * Text on its way to a standard stream.
 *
 * Writing never blocks and never throws: a pager that is not read, a terminal stopped with Ctrl-S
 * or a closed pipe must not hold up a video stream.
 *
 * @example
 * ```ts
 * const output = new TextOutput(Deno.stdout);
 * output.write("hello\n");
 * await output.flush(2000);
 * ```
 */
export class TextOutput {
  readonly #writer: ByteWriter;
  readonly #encoder = new TextEncoder();
  #waiting: string[] = [];
  #waitingLength = 0;
  #lost = 0;
  #running: Promise<void> | undefined;
  #failure: unknown;

  /**
   * An output with nothing written yet.
   *
   * @param writer Where the text goes.
   */
  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  /** Whether everything written so far has reached the writer. */
  get idle(): boolean {
    return this.#running === undefined;
  }

  /** The first error of the writer, for example a broken pipe; nothing is written after it. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Queues text behind what is already queued. */
  write(text: string): void {
    if (this.#failure !== undefined) return;
    if (this.#waitingLength + text.length > MAX_WAITING) {
      this.#lost++;
      return;
    }
    if (this.#lost > 0) {
      text = `(${this.#lost} messages lost: nothing read them)\n${text}`;
      this.#lost = 0;
    }
    this.#waiting.push(text);
    this.#waitingLength += text.length;
    this.#running ??= this.#drain();
  }

  /** Waits until what was written is out, at most `timeoutMs`: the reader may be stuck for good. */
  async flush(timeoutMs: number): Promise<void> {
    if (this.#running === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => timer = setTimeout(resolve, timeoutMs));
    await Promise.race([this.#running, timeout]);
    clearTimeout(timer);
  }

  async #drain(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const text = this.#waiting.join("");
        this.#waiting = [];
        this.#waitingLength = 0;
        let bytes = this.#encoder.encode(text);
        while (bytes.length > 0) bytes = bytes.subarray(await this.#writer.write(bytes));
      }
    } catch (error) {
      this.#failure = error ?? new Error("write failed");
      this.#waiting = [];
      this.#waitingLength = 0;
    } finally {
      this.#running = undefined;
    }
  }
}
