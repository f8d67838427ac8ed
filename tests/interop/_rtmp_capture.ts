import { Child } from "../_harness/child.ts";
import { until } from "../_harness/until.ts";
import type { Workspace } from "../_harness/workspace.ts";

/** A capture by tshark of one RTMP connection on the loopback. */
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
   * Starts to capture. After it resolves, no packet is missed.
   *
   * @param port Port of the server.
   * @throws {Error} If tshark is not permitted to capture.
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
      // tshark captures in a child process, which it must end itself.
      lastSignal: "SIGTERM",
      signal,
    });
    try {
      // tshark writes the file's header after it has opened the interface and set the filter.
      await until(() => tshark.over || workspace.has(path), "tshark's capture file", signal);
      if (tshark.over) throw new Error(`tshark ended:\n${tshark.log.lines.join("\n")}`);
      return new RtmpCapture(port, path, tshark, signal);
    } catch (error) {
      await tshark[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Waits until the server has closed the connection, and ends the capture. */
  async waitUntilClosed(): Promise<void> {
    await this.#tshark.output.waitFor(new RegExp(`^${this.#port}\t(1|True)$`));
    await this.#tshark.end("SIGINT");
    await this.#tshark.succeeded();
  }

  /** Returns a field of the packets that match a display filter, one line per packet. */
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
        // tshark loses track of the messages if a chunk or message is larger than this.
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

  /** Ends the capture if it is still running. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tshark[Symbol.asyncDispose]();
  }
}
