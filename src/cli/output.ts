import { Terminal } from "./terminal.ts";
import { TextOutput } from "./text_output.ts";

/**
 * What a command prints: results (SDP, the testers' verdicts, help) on stdout, so that they can be
 * piped; everything that tells how it goes (logs, status, summary, errors) on stderr.
 */
export class Output {
  readonly #stdout = new TextOutput(Deno.stdout);
  readonly #stderr = new TextOutput(Deno.stderr);
  readonly #terminal = new Terminal(this.#stderr, terminalColumns);
  /** Whether a person watches stderr, so that a status line can be redrawn. */
  readonly isTerminal: boolean = Deno.stderr.isTerminal();

  /** Writes a result, which ends with a line feed, to stdout. */
  result(text: string): void {
    // On one screen with the status line it has to keep out of that line's way.
    if (this.isTerminal && Deno.stdout.isTerminal()) this.#terminal.print(text.replace(/\n$/, ""));
    else this.#stdout.write(text);
  }

  /** Prints a line to stderr, above the status line if there is one. */
  line(text: string): void {
    this.#terminal.print(text);
  }

  /** Shows a status line on stderr; an empty string takes it away. */
  status(text: string): void {
    this.#terminal.status(text);
  }

  /** Waits until everything is out, but no longer than `timeoutMs`: a reader may be stuck. */
  async flush(timeoutMs = 2000): Promise<void> {
    await Promise.all([this.#stdout.flush(timeoutMs), this.#stderr.flush(timeoutMs)]);
  }

  /** The error that kept a result from stdout; a reader that went away (`| head`) is none. */
  get resultFailure(): unknown {
    const failure = this.#stdout.failure;
    return failure instanceof Deno.errors.BrokenPipe ? undefined : failure;
  }
}

function terminalColumns(): number {
  try {
    const { columns } = Deno.consoleSize();
    // A pty that nobody gave a size says 0.
    return columns > 0 ? columns : 80;
  } catch {
    return 80;
  }
}
