import { LineLog } from "./line_log.ts";

/** What to start. */
export interface ChildOptions {
  /** What messages call it. */
  readonly name: string;
  /** A program, by name or path. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What comes out of stdout: text, which is kept, or bytes, which the test reads. */
  readonly stdout?: "lines" | "bytes";
  /** Files that keep what comes out, as it comes. */
  readonly keep?: { readonly stdout: string; readonly stderr: string };
  /** What it must end at; SIGTERM where SIGKILL would leave a process behind that it has started. */
  readonly lastSignal?: "SIGKILL" | "SIGTERM";
  /** Ends the process when the test takes too long; so everything that waits for it ends, too. */
  readonly signal: AbortSignal;
}

/** A process of a test. It is gone when the test is over, however that ended. */
export class Child implements AsyncDisposable {
  /** What messages call it. */
  readonly name: string;
  /** What it writes to stderr. */
  readonly log: LineLog;
  /** Resolves with how it ended, after the last of its output. */
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  readonly #signal: AbortSignal;
  readonly #output: LineLog | undefined;
  readonly #lastSignal: Deno.Signal;
  readonly #kill = (): void => this.#send(this.#lastSignal);
  #over = false;

  /** Starts it. */
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
    this.log = new LineLog(`${name} (stderr)`, kept(this.#process.stderr, keep?.stderr));
    this.#output = stdout === "lines"
      ? new LineLog(`${name} (stdout)`, kept(this.#process.stdout, keep?.stdout))
      : undefined;
    this.ended = this.#end();
    signal.addEventListener("abort", this.#kill);
  }

  /** The lines that it writes to stdout. */
  get output(): LineLog {
    if (this.#output === undefined) throw new TypeError(`The stdout of ${this.name} is bytes`);
    return this.#output;
  }

  /** The bytes that it writes to stdout. */
  get bytes(): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#output !== undefined) throw new TypeError(`The stdout of ${this.name} is lines`);
    return this.#process.stdout;
  }

  /** Its number in /proc. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Whether it has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Asks it to end, as a terminal (SIGINT) or a service manager (SIGTERM) does, and waits for it. */
  async end(signal: "SIGINT" | "SIGTERM"): Promise<Deno.CommandStatus> {
    this.#send(signal);
    return await this.ended;
  }

  /**
   * Waits for a good end.
   *
   * @throws {Error} When it ended otherwise, with what it had to say.
   */
  async succeeded(): Promise<void> {
    const { code, signal } = await this.ended;
    if (code === 0) return;
    const why = this.#signal.aborted ? `: ${this.#signal.reason}` : "";
    throw new Error(
      `${this.name} ended with ${signal ?? code}${why}\n${this.log.lines.join("\n")}`,
    );
  }

  /** Ends it at once, if it has not ended, and waits for that. */
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
      // It has ended and nobody has told us yet.
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

/** A stream whose bytes go to a file on their way, at once: so it has them even if we are killed. */
function kept(
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
