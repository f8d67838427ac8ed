import type { Codec } from "../../src/bitstream/codec.ts";
import { Child } from "../_harness/child.ts";
import { until } from "../_harness/until.ts";
import type { Workspace } from "../_harness/workspace.ts";

/** Options of {@linkcode Capture.start}. */
export interface CaptureOptions {
  /** Codec of the stream. */
  readonly codec: Codec;
  /** RTP port; RTCP uses the next port. */
  readonly port: number;
}

/** A capture by tshark of one RTP stream on the loopback. */
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
   * Starts to capture. After it resolves, no packet is missed.
   *
   * @throws {Error} If tshark is not permitted to capture.
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
        ...decodeAs(options),
        "-T",
        "fields",
        "-e",
        "rtcp.pt",
      ],
      // tshark captures in a child process, which it must end itself.
      lastSignal: "SIGTERM",
      signal,
    });
    try {
      // tshark writes the file's header after it has opened the interface and set the filter.
      await until(() => tshark.over || workspace.has(path), "tshark's capture file", signal);
      if (tshark.over) throw new Error(`tshark ended:\n${tshark.log.lines.join("\n")}`);
      return new Capture(options, path, tshark, signal);
    } catch (error) {
      await tshark[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Waits for a BYE, RTCP packet type 203 (RFC 3550, section 6.6), and ends the capture. */
  async waitForBye(): Promise<void> {
    await this.#tshark.output.waitFor(/\b203\b/);
    await this.#tshark.end("SIGINT");
    await this.#tshark.succeeded();
  }

  /** Returns fields of the packets that match a display filter, one list per packet. */
  async fields(filter: string, ...names: readonly string[]): Promise<string[][]> {
    await using tshark = new Child({
      name: "tshark -r",
      command: "tshark",
      args: [
        "-n",
        "-r",
        this.#path,
        ...decodeAs(this.#options),
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

  /** Ends the capture if it is still running. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tshark[Symbol.asyncDispose]();
  }
}

function decodeAs({ codec, port }: CaptureOptions): string[] {
  return [
    "-d",
    `udp.port==${port},rtp`,
    "-d",
    `udp.port==${port + 1},rtcp`,
    "-o",
    `${codec}.dynamic.payload.type:96`,
  ];
}
