import type { Codec } from "../../src/bitstream/codec.ts";
import type { PixelFormat } from "../../src/contract/mod.ts";
import type { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import { until } from "../_harness/until.ts";
import type { Workspace } from "../_harness/workspace.ts";

/** What a test's chain carries. */
export interface ChainOptions {
  /** What is sent. */
  readonly codec: Codec;
  /** Pixels. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Frames a second of the producer. */
  readonly fps: number;
  /** `bgr` unless given. */
  readonly pixelFormat?: PixelFormat;
  /** Version of the metadata; `v2` unless given. */
  readonly abi?: "v1" | "v2" | "v2.1";
  /** More flags of the producer. */
  readonly producer?: readonly string[];
  /** More flags of the streamer. */
  readonly streamer?: readonly string[];
  /** Where RTP goes; RTCP goes to the next one. */
  readonly port: number;
}

/**
 * Has the streamer write the session description of such a chain: a stream of one frame that nobody
 * hears. With it a receiver can listen before the stream begins, and see its first key frame.
 */
export async function describe(
  options: ChainOptions,
  sdpPath: string,
  signal: AbortSignal,
): Promise<void> {
  const { width, height, fps } = options;
  await using streamer = startProduct([
    ...streamerArgs(options, sdpPath),
    "--input-mode",
    "dummy",
    "--ingest-max-frames",
    "1",
    "--dummy-width",
    `${width}`,
    "--dummy-height",
    `${height}`,
    "--dummy-fps",
    `${fps}`,
  ], signal);
  await streamer.succeeded();
}

/** A producer and a streamer at work, each a process. */
export class Chain implements AsyncDisposable {
  readonly #simulator: Child;
  readonly #streamer: Child;
  readonly #workspace: Workspace;

  #ending = false;
  /** Resolves when one of the two ends before it is told to. */
  readonly broken: Promise<void>;

  private constructor(simulator: Child, streamer: Child, workspace: Workspace) {
    this.#simulator = simulator;
    this.#streamer = streamer;
    this.#workspace = workspace;
    this.broken = new Promise((resolve) => {
      for (const { ended } of this.processes) ended.then(() => this.#ending || resolve());
    });
  }

  /** Both. */
  get processes(): readonly Child[] {
    return [this.#streamer, this.#simulator];
  }

  /** Starts the producer and, when it can be connected to, the streamer. */
  static async start(
    options: ChainOptions,
    workspace: Workspace,
    signal: AbortSignal,
  ): Promise<Chain> {
    const { width, height, fps, pixelFormat = "bgr", abi = "v2", producer = [] } = options;
    const source = ["--shm-name", workspace.shmName, "--zmq-endpoint", workspace.zmqEndpoint];
    const simulator = startProduct([
      "simulate",
      ...source,
      "--pixel-format",
      pixelFormat,
      "--abi",
      abi,
      "--width",
      `${width}`,
      "--height",
      `${height}`,
      "--fps",
      `${fps}`,
      ...producer,
    ], signal);
    try {
      await until(
        () => simulator.over || workspace.has(workspace.shmPath),
        "the simulator's segment",
        signal,
      );
      const sdpPath = workspace.path("streamed.sdp");
      const streamer = startProduct([...streamerArgs(options, sdpPath), ...source], signal);
      return new Chain(simulator, streamer, workspace);
    } catch (error) {
      await simulator[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Ends the streamer, then the producer.
   *
   * @returns How many frames the streamer says it has left out.
   * @throws {Error} When one of them does not end in good order or leaves something behind.
   */
  async end(): Promise<number> {
    this.#ending = true;
    await this.#streamer.end("SIGINT");
    await this.#streamer.succeeded();
    await this.#simulator.end("SIGTERM");
    await this.#simulator.succeeded();
    for (const path of [this.#workspace.shmPath, this.#workspace.zmqPath]) {
      if (this.#workspace.has(path)) throw new Error(`The simulator has left ${path} behind`);
    }
    return this.#leftOut();
  }

  /** Ends both at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending = true;
    await this.#streamer[Symbol.asyncDispose]();
    await this.#simulator[Symbol.asyncDispose]();
  }

  #leftOut(): number {
    const { lines } = this.#streamer.log;
    const told = lines.map((line) => /(\d+) torn, (\d+) dropped, (\d+) stale/.exec(line))
      .find((match) => match !== null);
    if (told === undefined) throw new Error(`No summary in the log:\n${lines.join("\n")}`);
    return told.slice(1).reduce((sum, count) => sum + Number(count), 0);
  }
}

function streamerArgs(options: ChainOptions, sdpPath: string): string[] {
  return [
    "--codec",
    options.codec,
    "--encoder",
    "software",
    ...options.streamer ?? [],
    "--rtp",
    "--rtp-endpoint",
    `127.0.0.1:${options.port}`,
    "--rtp-sdp",
    sdpPath,
  ];
}
