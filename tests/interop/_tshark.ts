import type { Codec } from "../../src/bitstream/codec.ts";
import { Child } from "../_harness/child.ts";
import { until } from "../_harness/until.ts";
import type { Workspace } from "../_harness/workspace.ts";

/** What is captured. */
export interface CaptureOptions {
  /** What is sent. */
  readonly codec: Codec;
  /** Of RTP; RTCP is at the next one. */
  readonly port: number;
}

/** What tshark sees on the loopback of one RTP stream, while it is sent and again afterwards. */
export class Capture implements AsyncDisposable {
  readonly #options: CaptureOptions;
  readonly #path: string;
  readonly #tshark: Child;
  readonly #signal: AbortSignal;

  private constructor(options: CaptureOptions, path: string, tshark: Child, signal: AbortSignal) {
    this.#options = options;
    this.#path = path;
    this.#tshark = tshark;
    this.#signal = signal;
  }

  /**
   * Begins to capture; resolves when nothing that is sent from now on can be missed.
   *
   * @throws {Error} When tshark may not capture.
   */
  static async start(
    options: CaptureOptions,
    workspace: Workspace,
    signal: AbortSignal,
  ): Promise<Capture> {
    const path = workspace.path("capture.pcapng");
    const { port } = options;
    const tshark = new Child({
      name: "tshark",
      command: "tshark",
      args: [
        "-n",
        "-i",
        "lo",
        "-f",
        `udp portrange ${port}-${port + 1}`,
        "-w",
        path,
        "-P",
        "-l",
        ...decoding(options),
        "-T",
        "fields",
        "-e",
        "rtcp.pt",
      ],
      // It has a process of its own that captures, and ends it.
      lastSignal: "SIGTERM",
      signal,
    });
    try {
      // The file's header is written when the interface is open and the filter is set.
      await until(() => tshark.over || workspace.has(path), "tshark's capture file", signal);
      if (tshark.over) throw new Error(`tshark ended:\n${tshark.log.lines.join("\n")}`);
      return new Capture(options, path, tshark, signal);
    } catch (error) {
      await tshark[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Waits for the packet type 203 of RTCP (RFC 3550, 6.6), and ends. */
  async untilBye(): Promise<void> {
    await this.#tshark.output.waitFor(/\b203\b/);
    await this.#tshark.end("SIGINT");
    await this.#tshark.succeeded();
  }

  /** Fields of the packets that a display filter lets through: a list for each packet. */
  async fields(filter: string, ...names: readonly string[]): Promise<string[][]> {
    await using tshark = new Child({
      name: "tshark -r",
      command: "tshark",
      args: [
        "-n",
        "-r",
        this.#path,
        ...decoding(this.#options),
        "-Y",
        filter,
        "-T",
        "fields",
        "-E",
        "separator=;",
        ...names.flatMap((name) => ["-e", name]),
      ],
      signal: this.#signal,
    });
    await tshark.succeeded();
    return tshark.output.lines.map((line) => line.split(";"));
  }

  /** Ends it, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tshark[Symbol.asyncDispose]();
  }
}

function decoding({ codec, port }: CaptureOptions): string[] {
  return [
    "-d",
    `udp.port==${port},rtp`,
    "-d",
    `udp.port==${port + 1},rtcp`,
    "-o",
    `${codec}.dynamic.payload.type:96`,
  ];
}
