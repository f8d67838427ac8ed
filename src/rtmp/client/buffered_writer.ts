import { ByteBuffer } from "../wire/byte_buffer.ts";

/** Options of a {@linkcode BufferedWriter}. */
export interface BufferedWriterOptions {
  /** Called when the buffered output is about to be written, and the buffer is empty again. */
  readonly onBatch: () => void;
  /** Called when a write fails. */
  readonly onError: (error: unknown) => void;
  /**
   * Milliseconds without progress after which `onStall` is called.
   *
   * @default no limit
   */
  readonly stallMs?: number | undefined;
  /** Called when a write has made no progress for `stallMs`. */
  readonly onStall: (stallMs: number) => void;
}

/** Writes to a stream in the background: output is buffered while a write is pending. */
export class BufferedWriter {
  readonly #stream: Pick<Deno.Conn, "write">;
  readonly #options: BufferedWriterOptions;
  /** The buffer being written and the one being filled. They swap places. */
  #writing = new ByteBuffer();
  #waiting = new ByteBuffer();
  #written = 0;
  #sentBytes = 0;
  #isActive = false;
  #isClosed = false;
  /** Resolves when no write is pending, or the writer is closed. */
  #idle = Promise.withResolvers<void>();

  /** Writes nothing before {@linkcode start}. */
  constructor(stream: Pick<Deno.Conn, "write">, options: BufferedWriterOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /** The buffer to append output to. Call {@linkcode start} afterwards. */
  get buffer(): ByteBuffer {
    return this.#waiting;
  }

  /** Bytes not yet handed to the kernel. */
  get pendingBytes(): number {
    return this.#writing.length - this.#written + this.#waiting.length;
  }

  /** Bytes handed to the kernel so far. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Starts to write the buffered output, unless a write is pending already. */
  start(): void {
    if (this.#isActive || this.#waiting.length === 0) return;
    this.#isActive = true;
    this.#idle = Promise.withResolvers<void>();
    this.#writeAll();
  }

  /** Resolves when all output is with the kernel, or the writer is closed. */
  async flushed(): Promise<void> {
    while (!this.#isClosed && this.#isActive) await this.#idle.promise;
  }

  /** Stops after the pending write. The owner closes the stream. */
  close(): void {
    this.#isClosed = true;
    // A write that the peer does not take may never end: Deno 2.4 does not end it on close.
    this.#idle.resolve();
  }

  async #writeAll(): Promise<void> {
    try {
      while (!this.#isClosed && this.#waiting.length > 0) {
        [this.#writing, this.#waiting] = [this.#waiting, this.#writing];
        this.#options.onBatch();
        for (const bytes = this.#writing.bytes; this.#written < bytes.length;) {
          const length = await this.#write(bytes.subarray(this.#written));
          this.#written += length;
          this.#sentBytes += length;
        }
        this.#writing.clear();
        this.#written = 0;
      }
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#isActive = false;
      this.#idle.resolve();
    }
  }

  async #write(bytes: Uint8Array): Promise<number> {
    const { stallMs, onStall } = this.#options;
    if (stallMs === undefined) return await this.#stream.write(bytes);
    const timer = setTimeout(() => onStall(stallMs), stallMs);
    try {
      return await this.#stream.write(bytes);
    } finally {
      clearTimeout(timer);
    }
  }
}
