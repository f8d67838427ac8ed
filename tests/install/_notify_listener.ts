import { NotifySocket } from "../../ffi/notify_socket.ts";
import { Child } from "../_harness/child.ts";

const SCRIPT = new URL("notify_listener.py", import.meta.url).pathname;

// Deno 2.4 takes a library for leaked that is opened while a test runs.
new NotifySocket("/nobody")[Symbol.dispose]();

/** One message that the manager got. */
export interface Notification {
  /** When, on a steady clock, in milliseconds. */
  readonly ms: number;
  /** Who sent it, as the kernel says. */
  readonly pid: number;
  /** Its lines, for example `READY=1`. */
  readonly lines: readonly string[];
}

/** A service manager's notify socket that keeps what it gets. */
export class NotifyListener implements AsyncDisposable {
  readonly #child: Child;

  private constructor(child: Child) {
    this.#child = child;
  }

  /**
   * Listens.
   *
   * @param address A path, or `@` and an abstract name.
   * @param hearing A deaf one takes nothing out of its socket.
   */
  static async at(
    address: string,
    signal: AbortSignal,
    hearing: "hears" | "deaf" = "hears",
  ): Promise<NotifyListener> {
    const child = new Child({
      name: "notify listener",
      command: "python3",
      args: [SCRIPT, address, ...(hearing === "deaf" ? ["--deaf"] : [])],
      signal,
    });
    await child.output.waitFor(/^ready$/);
    return new NotifyListener(child);
  }

  /** What it has got so far, oldest first. */
  get notifications(): Notification[] {
    return this.#child.output.lines.slice(1).map((line) => JSON.parse(line));
  }

  /** Waits for a message with this line. */
  async waitFor(line: string): Promise<Notification> {
    return JSON.parse(await this.#child.output.waitFor(new RegExp(`"${line}`)));
  }

  /** Stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}
