import { prepareShim } from "../../ffi/shim.ts";
import { releaseTextFile, textFileProblem, writeTextFile } from "../../ffi/text_file.ts";
import { StreamerError } from "../errors.ts";
import { within } from "../within.ts";

/** How long disposing waits for a reader of a FIFO. */
const LAST_WAIT_MS = 1000;

/** Returns why a session description cannot be written to this path, or undefined if it can. */
export async function sdpFileProblem(path: string): Promise<string | undefined> {
  await prepareShim();
  return textFileProblem(path);
}

/**
 * Keeps a file up to date with the newest text. The file is replaced atomically, so a reader sees either the old text
 * or the new one. If the path is not a regular file but, for example, a FIFO, the text is written to it.
 */
export class SdpFile implements AsyncDisposable {
  readonly #path: string;
  readonly #onError: (error: StreamerError) => void;
  #writing: Promise<void> | undefined;
  #next: string | undefined;

  private constructor(path: string, onError: (error: StreamerError) => void) {
    this.#path = path;
    this.#onError = onError;
  }

  /**
   * Checks that the file can be written. It writes nothing yet.
   *
   * @param path Path of the file; its directory must exist.
   * @param onError Called when a text could not be written.
   * @throws {StreamerError} `sdp_not_writable`, if the file cannot be written.
   */
  static async open(path: string, onError: (error: StreamerError) => void): Promise<SdpFile> {
    const problem = await sdpFileProblem(path);
    if (problem === undefined) return new SdpFile(path, onError);
    throw new StreamerError(
      `Cannot write the session description to ${JSON.stringify(path)}: ${problem}`,
      { code: "sdp_not_writable" },
    );
  }

  /** Writes the text in the background. While a text is being written, only the newest later one is kept. */
  write(text: string): void {
    this.#next = text;
    this.#writing ??= this.#run();
  }

  /** Resolves when all texts so far were written, replaced by newer ones or reported as errors. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Waits a limited time for pending writes. The file is not removed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (await within(LAST_WAIT_MS, this.settled())) return;
    // A thread that waits for a reader of the FIFO would prevent the process from exiting.
    using _reader = releaseTextFile(this.#path);
    await within(LAST_WAIT_MS, this.settled());
  }

  async #run(): Promise<void> {
    while (this.#next !== undefined) {
      const text = this.#next;
      this.#next = undefined;
      const problem = await writeTextFile(this.#path, text);
      if (problem === undefined) continue;
      this.#onError(
        new StreamerError(`Cannot write the SDP file "${this.#path}": ${problem}`, {
          code: "sdp_not_written",
        }),
      );
    }
    this.#writing = undefined;
  }
}
