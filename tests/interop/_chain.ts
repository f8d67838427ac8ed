import type { Codec } from "../../src/bitstream/codec.ts";
import type { PixelFormat } from "../../src/contract/mod.ts";
import type { Child } from "../_harness/child.ts";
import { droppedFrames } from "../_harness/dropped_frames.ts";
import { startProduct } from "../_harness/product.ts";
import { until } from "../_harness/until.ts";
import type { Workspace } from "../_harness/workspace.ts";

/** Options of a {@linkcode Chain}. */
export interface ChainOptions {
  /** Codec of the stream. */
  readonly codec: Codec;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Frame rate of the producer. */
  readonly fps: number;
  /** @default "bgr" */
  readonly pixelFormat?: PixelFormat;
  /**
   * Version of the metadata.
   *
   * @default "v2"
   */
  readonly abi?: "v1" | "v2" | "v2.1";
  /** Additional flags of the producer. */
  readonly producer?: readonly string[];
  /** Additional flags of the streamer. */
  readonly streamer?: readonly string[];
  /** Port that RTP is sent to; RTCP is sent to the next port. */
  readonly port: number;
}

/**
 * Writes the session description of a chain's stream, by streaming a single frame without a
 * receiver. With it a receiver can listen before the real stream starts, and get its first key
 * frame.
 */
export async function writeSessionDescription(
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

/** A running producer and streamer, each in its own process. */
export class Chain implements AsyncDisposable {
  readonly #simulator: Child;
  readonly #streamer: Child;
  readonly #workspace: Workspace;

  #ending = false;
  /** Resolves if one of the processes ends before {@linkcode end} is called. */
  readonly broken: Promise<void>;

  private constructor(simulator: Child, streamer: Child, workspace: Workspace) {
    this.#simulator = simulator;
    this.#streamer = streamer;
    this.#workspace = workspace;
    this.broken = new Promise((resolve) => {
      for (const { ended } of this.processes) ended.then(() => this.#ending || resolve());
    });
  }

  /** Streamer and simulator. */
  get processes(): readonly Child[] {
    return [this.#streamer, this.#simulator];
  }

  /** Starts the producer, and the streamer when the producer's segment exists. */
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
   * @returns Number of frames that the streamer has dropped, according to its summary.
   * @throws {Error} If one of them fails or does not clean up.
   */
  async end(): Promise<number> {
    this.#ending = true;
    await this.#streamer.end("SIGINT");
    await this.#streamer.succeeded();
    await this.#simulator.end("SIGTERM");
    await this.#simulator.succeeded();
    for (const path of [this.#workspace.shmPath, this.#workspace.zmqPath]) {
      if (this.#workspace.has(path)) throw new Error(`The simulator did not remove ${path}`);
    }
    return droppedFrames(this.#streamer);
  }

  /** Kills both processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending = true;
    await this.#streamer[Symbol.asyncDispose]();
    await this.#simulator[Symbol.asyncDispose]();
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
