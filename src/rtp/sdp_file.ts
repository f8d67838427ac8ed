import { StreamerError } from "../errors.ts";

/**
 * Keeps a file up to date with the newest text given. A reader finds the old text or the new one,
 * whole: each text goes to a temporary file in the same directory, which then takes the file's name.
 */
export class SdpFile {
  readonly #path: string;
  readonly #onError: (error: StreamerError) => void;
  #writing: Promise<void> | undefined;
  #next: string | undefined;

  /**
   * Writes nothing yet.
   *
   * @param path Where the text goes; the directory must exist.
   * @param onError Is told of a text that could not be written.
   */
  constructor(path: string, onError: (error: StreamerError) => void) {
    this.#path = path;
    this.#onError = onError;
  }

  /** Writes in the background; of the texts that come while one is being written, the last is next. */
  write(text: string): void {
    this.#next = text;
    this.#writing ??= this.#run();
  }

  /** Resolves when everything given so far is in the file, or was reported as an error. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Waits for what is being written. The file stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled();
  }

  async #run(): Promise<void> {
    while (this.#next !== undefined) {
      const text = this.#next;
      this.#next = undefined;
      try {
        await writeTextAtomically(this.#path, text);
      } catch (cause) {
        this.#onError(
          new StreamerError(`Cannot write the SDP file "${this.#path}": ${reason(cause)}`, {
            code: "sdp_not_written",
            cause,
          }),
        );
      }
    }
    this.#writing = undefined;
  }
}

/** Writes a file whole or not at all: the temporary file beside it goes away if anything fails. */
async function writeTextAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await Deno.writeTextFile(temporary, text, { createNew: true, mode: 0o644 });
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // It may never have come to be.
    throw error;
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
