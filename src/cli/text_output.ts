import { within } from "../within.ts";

/** Destination of bytes: `Deno.stdout`, `Deno.stderr`, or a fake. */
export interface ByteWriter {
  /** Writes some of the bytes. Resolves with their number. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Maximum length of the queued text, in UTF-16 code units. Messages beyond it are dropped and counted. */
const MAX_WAITING = 1 << 20;

/**
 * Writes text to a standard stream in the background.
 *
 * Writing never blocks or throws: a stopped pager, a terminal stopped with Ctrl-S or a closed pipe must
 * not hold up a video stream.
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
   * Creates an output.
   *
   * @param writer Destination of the text.
   */
  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  /** Whether everything has been written. */
  get idle(): boolean {
    return this.#running === undefined;
  }

  /** The first error of the writer, for example a broken pipe. Nothing is written after it. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Queues text. Drops it if too much is queued. */
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

  /** Waits until everything is written, at most `timeoutMs` milliseconds: the reader may be stuck. */
  async flush(timeoutMs: number): Promise<void> {
    if (this.#running !== undefined) await within(timeoutMs, this.#running);
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
