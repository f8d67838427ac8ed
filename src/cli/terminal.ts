import type { TextOutput } from "./text_output.ts";

/** Back to the first column, and clear to the end of the line (ECMA-48 EL). */
const CLEAR_LINE = "\r\x1b[K";

/**
 * Lines above one status line that is redrawn in place.
 *
 * Every line printed through it clears the status line, is written, and draws the status line
 * again, so that neither garbles the other.
 */
export class Terminal {
  readonly #output: TextOutput;
  readonly #columns: () => number;
  #status = "";

  /**
   * A terminal without a status line yet.
   *
   * @param output Where the lines go.
   * @param columns Width of the terminal now; a status line is cut to fit it.
   */
  constructor(output: TextOutput, columns: () => number) {
    this.#output = output;
    this.#columns = columns;
  }

  /** Prints one line (or several), without the line feed at its end. */
  print(line: string): void {
    this.#output.write(
      this.#status === "" ? `${line}\n` : `${CLEAR_LINE}${line}\n${this.#status}`,
    );
  }

  /** Shows this as the status line; an empty string takes it away. */
  status(line: string): void {
    // A terminal that does not take the last one (Ctrl-S) must not collect a backlog of them.
    if (!this.#output.idle && line !== "") return;
    // The last column stays free: writing into it makes some terminals wrap.
    const cut = line.slice(0, Math.max(0, this.#columns() - 1));
    if (cut === "" && this.#status === "") return;
    this.#status = cut;
    this.#output.write(`${CLEAR_LINE}${cut}`);
  }
}
