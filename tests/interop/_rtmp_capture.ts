import { Child } from "../_harness/child.ts";
import { until } from "../_harness/until.ts";
import type { Workspace } from "../_harness/workspace.ts";

/** What tshark sees on the loopback of one RTMP connection, while it is there and again afterwards. */
export class RtmpCapture implements AsyncDisposable {
  readonly #port: number;
  readonly #path: string;
  readonly #tshark: Child;
  readonly #signal: AbortSignal;

  private constructor(port: number, path: string, tshark: Child, signal: AbortSignal) {
    this.#port = port;
    this.#path = path;
    this.#tshark = tshark;
    this.#signal = signal;
  }

  /**
   * Begins to capture; resolves when nothing that is sent from now on can be missed.
   *
   * @param port Of the server.
   * @throws {Error} When tshark may not capture.
   */
  static async start(
    port: number,
    workspace: Workspace,
    signal: AbortSignal,
  ): Promise<RtmpCapture> {
    const path = workspace.path("capture.pcapng");
    const tshark = new Child({
      name: "tshark",
      command: "tshark",
      args: [
        "-n",
        "-i",
        "lo",
        "-f",
        `tcp port ${port}`,
        "-w",
        path,
        "-P",
        "-l",
        "-T",
        "fields",
        "-e",
        "tcp.srcport",
        "-e",
        "tcp.flags.fin",
      ],
      // It has a process of its own that captures, and ends it.
      lastSignal: "SIGTERM",
      signal,
    });
    try {
      // The file's header is written when the interface is open and the filter is set.
      await until(() => tshark.over || workspace.has(path), "tshark's capture file", signal);
      if (tshark.over) throw new Error(`tshark ended:\n${tshark.log.lines.join("\n")}`);
      return new RtmpCapture(port, path, tshark, signal);
    } catch (error) {
      await tshark[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Waits until the server has closed the connection, and ends. */
  async untilClosed(): Promise<void> {
    await this.#tshark.output.waitFor(new RegExp(`^${this.#port}\t(1|True)$`));
    await this.#tshark.end("SIGINT");
    await this.#tshark.succeeded();
  }

  /** A field of the packets that a display filter lets through: a line for each packet. */
  async field(filter: string, name: string): Promise<readonly string[]> {
    await using tshark = new Child({
      name: "tshark -r",
      command: "tshark",
      args: [
        "-n",
        "-r",
        this.#path,
        "-d",
        `tcp.port==${this.#port},rtmpt`,
        // It takes no chunk size and no message above this, and then no longer finds the messages.
        "-o",
        "rtmpt.max_packet_size:16777215",
        "-Y",
        filter,
        "-T",
        "fields",
        "-e",
        name,
      ],
      signal: this.#signal,
    });
    await tshark.succeeded();
    return tshark.output.lines;
  }

  /** Ends it, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tshark[Symbol.asyncDispose]();
  }
}
