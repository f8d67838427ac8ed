import { TextOutput } from "./text_output.ts";

/** Moves to the first column and clears the line (ECMA-48 EL). */
const CLEAR_LINE = "\r\x1b[K";

/**
 * The output of a command. Results (SDP, test results, help) go to stdout, so that they can be piped.
 * Logs, status, summary and errors go to stderr.
 */
export class Output {
  readonly #stdout = new TextOutput(Deno.stdout);
  readonly #stderr = new TextOutput(Deno.stderr);
  readonly #terminal = new Terminal(this.#stderr, terminalColumns);
  /** Whether stderr is a terminal, on which a status line can be redrawn. */
  readonly isTerminal: boolean = Deno.stderr.isTerminal();

  /** Writes a result to stdout. It must end with a line feed. */
  result(text: string): void {
    // On the same terminal as the status line, the status line must be redrawn after it.
    if (this.isTerminal && Deno.stdout.isTerminal()) this.#terminal.print(text.replace(/\n$/, ""));
    else this.#stdout.write(text);
  }

  /** Prints a line to stderr, above the status line if there is one. */
  line(text: string): void {
    this.#terminal.print(text);
  }

  /** Shows a status line on stderr. An empty string removes it. */
  status(text: string): void {
    this.#terminal.status(text);
  }

  /**
   * Waits until everything is written, at most `timeoutMs` milliseconds: a reader may be stuck.
   *
   * @default 2000
   */
  async flush(timeoutMs = 2000): Promise<void> {
    await Promise.all([this.#stdout.flush(timeoutMs), this.#stderr.flush(timeoutMs)]);
  }

  /** The error of writing results to stdout. A closed pipe (`| head`) does not count as one. */
  get resultFailure(): unknown {
    const failure = this.#stdout.failure;
    return failure instanceof Deno.errors.BrokenPipe ? undefined : failure;
  }
}

function terminalColumns(): number {
  try {
    const { columns } = Deno.consoleSize();
    // A pty without a size has 0 columns.
    return columns > 0 ? columns : 80;
  } catch {
    return 80;
  }
}

/**
 * A terminal with a status line below the printed lines.
 *
 * Printing a line clears the status line, writes the line and draws the status line again.
 */
export class Terminal {
  readonly #output: TextOutput;
  readonly #columns: () => number;
  #status = "";

  /**
   * Creates a terminal without a status line.
   *
   * @param output Receives the text.
   * @param columns Returns the current width of the terminal, to which a status line is cut.
   */
  constructor(output: TextOutput, columns: () => number) {
    this.#output = output;
    this.#columns = columns;
  }

  /** Prints one or more lines, given without the last line feed. */
  print(line: string): void {
    this.#output.write(
      this.#status === "" ? `${line}\n` : `${CLEAR_LINE}${line}\n${this.#status}`,
    );
  }

  /** Shows a status line. An empty string removes it. */
  status(line: string): void {
    // Status lines must not pile up while the terminal is stopped (Ctrl-S).
    if (!this.#output.idle && line !== "") return;
    // The last column stays free: some terminals wrap after writing to it.
    const cut = line.slice(0, Math.max(0, this.#columns() - 1));
    if (cut === "" && this.#status === "") return;
    this.#status = cut;
    this.#output.write(`${CLEAR_LINE}${cut}`);
  }
}
