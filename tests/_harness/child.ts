import { LineLog } from "./line_log.ts";

/** Options of a {@linkcode Child}. */
export interface ChildOptions {
  /** Name of the process in messages. */
  readonly name: string;
  /** Name or path of the program. */
  readonly command: string;
  /** Arguments of the program. */
  readonly args: readonly string[];
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * How stdout is read: `lines` collects it as text in {@linkcode Child.output}, `bytes` leaves it
   * to the test in {@linkcode Child.bytes}.
   *
   * @default "lines"
   */
  readonly stdout?: "lines" | "bytes";
  /** Files to which stdout and stderr are also written, as they arrive. */
  readonly keep?: { readonly stdout: string; readonly stderr: string };
  /**
   * Signal that ends the process on disposal. Use SIGTERM where SIGKILL would orphan a process that
   * it has started.
   *
   * @default "SIGKILL"
   */
  readonly lastSignal?: "SIGKILL" | "SIGTERM";
  /**
   * Ends the process when the test takes too long, and with it everything that waits for the
   * process.
   */
  readonly signal: AbortSignal;
}

/**
 * A process started by a test. It has ended when the test is over, whether that passed or failed.
 */
export class Child implements AsyncDisposable {
  /** Name of the process in messages. */
  readonly name: string;
  /** The lines that the process writes to stderr. */
  readonly log: LineLog;
  /** Resolves with the exit status, after all output has been read. */
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  readonly #signal: AbortSignal;
  readonly #output: LineLog | undefined;
  readonly #lastSignal: Deno.Signal;
  readonly #kill = (): void => this.#send(this.#lastSignal);
  #over = false;

  /** Starts the process. */
  constructor(options: ChildOptions) {
    const { name, command, args, env = {}, stdout = "lines", keep, signal } = options;
    signal.throwIfAborted();
    this.name = name;
    this.#signal = signal;
    this.#lastSignal = options.lastSignal ?? "SIGKILL";
    this.#process = new Deno.Command(command, {
      args: [...args],
      env: { ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.log = new LineLog(`${name} (stderr)`, teeToFile(this.#process.stderr, keep?.stderr));
    this.#output = stdout === "lines"
      ? new LineLog(`${name} (stdout)`, teeToFile(this.#process.stdout, keep?.stdout))
      : undefined;
    this.ended = this.#end();
    signal.addEventListener("abort", this.#kill);
  }

  /**
   * The lines that the process writes to stdout.
   *
   * @throws {TypeError} If stdout is read as bytes.
   */
  get output(): LineLog {
    if (this.#output === undefined) throw new TypeError(`The stdout of ${this.name} is bytes`);
    return this.#output;
  }

  /**
   * The bytes that the process writes to stdout.
   *
   * @throws {TypeError} If stdout is read as lines.
   */
  get bytes(): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#output !== undefined) throw new TypeError(`The stdout of ${this.name} is lines`);
    return this.#process.stdout;
  }

  /** Process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Whether the process has ended. */
  get over(): boolean {
    return this.#over;
  }

  /**
   * Sends SIGINT, like a terminal, or SIGTERM, like a service manager, and waits for the process to
   * end.
   */
  async end(signal: "SIGINT" | "SIGTERM"): Promise<Deno.CommandStatus> {
    this.#send(signal);
    return await this.ended;
  }

  /**
   * Waits for the process to exit with code 0.
   *
   * @throws {Error} If it ends in any other way; the message has its stderr.
   */
  async succeeded(): Promise<void> {
    const { code, signal } = await this.ended;
    if (code === 0) return;
    const why = this.#signal.aborted ? `: ${this.#signal.reason}` : "";
    throw new Error(
      `${this.name} ended with ${signal ?? code}${why}\n${this.log.lines.join("\n")}`,
    );
  }

  /** Kills the process if it is still running, and waits for it to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    if (this.#output === undefined && !this.#process.stdout.locked) {
      await this.#process.stdout.cancel();
    }
    await this.ended;
  }

  #send(signal: Deno.Signal): void {
    if (this.#over) return;
    try {
      this.#process.kill(signal);
    } catch (error) {
      // The process has ended, but its status has not arrived yet.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #end(): Promise<Deno.CommandStatus> {
    const status = await this.#process.status;
    this.#over = true;
    this.#signal.removeEventListener("abort", this.#kill);
    await this.log.ended;
    await this.#output?.ended;
    return status;
  }
}

/**
 * Copies a stream to a file while it is read. Writes synchronously, so that the file is complete
 * even if this process is killed.
 */
function teeToFile(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  path: string | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (path === undefined) return stream;
  const file = Deno.openSync(path, { write: true, create: true, truncate: true });
  return stream.pipeThrough(
    new TransformStream({
      transform: (chunk, controller): void => {
        for (let done = 0; done < chunk.length;) done += file.writeSync(chunk.subarray(done));
        controller.enqueue(chunk);
      },
      flush: () => file.close(),
    }),
  );
}
