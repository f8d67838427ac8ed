import { prepareShim } from "../../ffi/shim.ts";
import { releaseTextFile, textFileProblem, writeTextFile } from "../../ffi/text_file.ts";
import { StreamerError } from "../errors.ts";
import { within } from "../within.ts";

/** How long the end waits for somebody to read from a FIFO. */
const LAST_WAIT_MS = 1000;

/** Why a session description could not be written to this path; undefined: it could. */
export async function sdpFileProblem(path: string): Promise<string | undefined> {
  await prepareShim();
  return textFileProblem(path);
}

/**
 * Keeps a file up to date with the newest text given. A reader finds the old text or the new one, whole. What is
 * no regular file, such as a FIFO, is written to.
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
   * Looks whether the file can be written. Writes nothing yet.
   *
   * @param path Where the text goes; the directory must exist.
   * @param onError Is told of a text that could not be written.
   * @throws {StreamerError} `sdp_not_writable`.
   */
  static async open(path: string, onError: (error: StreamerError) => void): Promise<SdpFile> {
    const problem = await sdpFileProblem(path);
    if (problem === undefined) return new SdpFile(path, onError);
    throw new StreamerError(
      `Cannot write the session description to ${JSON.stringify(path)}: ${problem}`,
      { code: "sdp_not_writable" },
    );
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

  /** Waits for what is being written, but not forever. The file stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (await within(LAST_WAIT_MS, this.settled())) return;
    // A thread that waits for a FIFO's reader would keep the process from ending.
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
