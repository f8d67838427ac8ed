import { NotifySocket } from "../../ffi/notify_socket.ts";
import { Child } from "../_harness/child.ts";

const SCRIPT = new URL("notify_listener.py", import.meta.url).pathname;

// Deno 2.4 reports a library that is opened during a test as a leak, so open it here.
new NotifySocket("/unused")[Symbol.dispose]();

/** A message that the service manager received. */
export interface Notification {
  /** Arrival time on a monotonic clock, in milliseconds. */
  readonly ms: number;
  /** Process id of the sender, from the kernel. */
  readonly pid: number;
  /** Lines, such as `READY=1`. */
  readonly lines: readonly string[];
}

/** A stub of a service manager's notify socket that stores what it receives. */
export class NotifyListener implements AsyncDisposable {
  readonly #child: Child;

  private constructor(child: Child) {
    this.#child = child;
  }

  /**
   * Starts to listen.
   *
   * @param address Path, or `@` and an abstract name.
   * @param mode Whether to read messages, or to leave them in the socket.
   */
  static async at(
    address: string,
    signal: AbortSignal,
    mode: "reading" | "blocked" = "reading",
  ): Promise<NotifyListener> {
    const child = new Child({
      name: "notify listener",
      command: "python3",
      args: [SCRIPT, address, ...(mode === "blocked" ? ["--blocked"] : [])],
      signal,
    });
    await child.output.waitFor(/^ready$/);
    return new NotifyListener(child);
  }

  /** Messages received so far, oldest first. */
  get notifications(): Notification[] {
    return this.#child.output.lines.slice(1).map((line) => JSON.parse(line));
  }

  /** Waits for a message with a line that starts with the given text. */
  async waitFor(line: string): Promise<Notification> {
    return JSON.parse(await this.#child.output.waitFor(new RegExp(`"${line}`)));
  }

  /** Stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}
