import { Child } from "../_harness/child.ts";
import { droppedFrames } from "../_harness/dropped_frames.ts";
import { startProduct } from "../_harness/product.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { until } from "../_harness/until.ts";
import { Workspace } from "../_harness/workspace.ts";

/** A simulated camera of 640x360 at 30 frames a second, and a streamer that serves it over RTSP, as two processes. */
export class RtspCamera implements AsyncDisposable {
  static readonly size = { width: 640, height: 360 };
  readonly simulator: Child;
  readonly streamer: Child;
  readonly port: number;
  readonly #workspace: Workspace;

  private constructor(simulator: Child, streamer: Child, port: number, workspace: Workspace) {
    this.simulator = simulator;
    this.streamer = streamer;
    this.port = port;
    this.#workspace = workspace;
  }

  /** @param flags Further flags of the streamer. */
  static async start(flags: readonly string[], signal: AbortSignal): Promise<RtspCamera> {
    const workspace = new Workspace();
    const source = ["--shm-name", workspace.shmName, "--zmq-endpoint", workspace.zmqEndpoint];
    const { width, height } = RtspCamera.size;
    const size = ["--width", `${width}`, "--height", `${height}`, "--fps", "30"];
    const simulator = startProduct(["simulate", "--frames", "0", ...size, ...source], signal);
    await until(() => workspace.has(workspace.shmPath), "the simulator's segment", signal);
    const port = freeTcpPort();
    const server = ["--encoder", "software", "--rtsp", `127.0.0.1:${port}`];
    const streamer = startProduct([...server, ...flags, ...source], signal);
    const camera = new RtspCamera(simulator, streamer, port, workspace);
    await streamer.log.waitFor(/Encoding|passed on/);
    return camera;
  }

  /** Endpoint of the producer's announcements. */
  get zmqEndpoint(): string {
    return this.#workspace.zmqEndpoint;
  }

  /** Address of the only stream. */
  get url(): string {
    return `rtsp://127.0.0.1:${this.port}/`;
  }

  /**
   * Ends both.
   *
   * @returns Number of frames that the streamer has dropped, according to its summary.
   */
  async end(): Promise<number> {
    await this.streamer.end("SIGINT");
    await this.simulator.end("SIGTERM");
    return droppedFrames(this.streamer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.streamer.end("SIGINT");
    await this.simulator.end("SIGTERM");
    await this.streamer[Symbol.asyncDispose]();
    await this.simulator[Symbol.asyncDispose]();
    this.#workspace[Symbol.dispose]();
  }
}
