import { Producer } from "../../src/simulator/producer.ts";
import type { PictureGeometry } from "../../src/simulator/picture_geometry.ts";
import type { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import type { Workspace } from "../_harness/workspace.ts";
import type { RtpListener } from "./_rtp_listener.ts";

/** Frame interval of the producers in these tests, in milliseconds. */
const INTERVAL_MS = 20;

/** Starts the streamer, H.264 over RTP to `listener`. */
export function startStreamer(
  workspace: Workspace,
  listener: RtpListener,
  signal: AbortSignal,
): Child {
  return startProduct([
    ...["--codec", "h264", "--encoder", "software", "--gop", "10"],
    ...["--shm-name", workspace.shmName, "--zmq-endpoint", workspace.zmqEndpoint],
    ...["--rtp", "--rtp-endpoint", listener.endpoint, "--rtp-sdp", workspace.path("stream.sdp")],
  ], signal);
}

/** A producer in the test's own process, which keeps a pace while it runs. */
export class PacedProducer implements Disposable {
  /** For what the test does beside the frames. */
  readonly producer: Producer;
  #frameCount = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(producer: Producer) {
    this.producer = producer;
  }

  /** Opens it; it publishes nothing yet. */
  static async open(
    { shmName, zmqEndpoint }: Workspace,
    geometry: PictureGeometry,
  ): Promise<PacedProducer> {
    const options = { shmName, zmqEndpoint, label: "faults", abi: "v2" } as const;
    return new PacedProducer(await Producer.open(options, geometry));
  }

  /** Publishes one frame. */
  publish(): void {
    this.producer.publish(this.#frameCount++);
  }

  /** Publishes frames from now on. */
  run(): void {
    this.#timer ??= setInterval(() => {
      // Deno 2.4 may call once more what was cleared when it was due already.
      if (this.#timer !== undefined) this.publish();
    }, INTERVAL_MS);
  }

  /** Publishes no more. */
  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Removes the segment and the socket. */
  [Symbol.dispose](): void {
    this.pause();
    this.producer[Symbol.dispose]();
  }
}
