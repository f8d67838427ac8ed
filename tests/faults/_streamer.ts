import { Producer } from "../../src/simulator/producer.ts";
import type { PictureGeometry } from "../../src/simulator/picture_geometry.ts";
import type { SourceAddress } from "../../src/ingest/options.ts";
import type { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import type { Workspace } from "../_harness/workspace.ts";
import type { Publication } from "./_recovery.ts";
import type { RtpListener } from "./_rtp_listener.ts";

/** Frame interval of the producers in these tests, in milliseconds. */
export const INTERVAL_MS = 20;

/** Starts the streamer with H.264 over RTP to `listener`. */
export function startStreamer(
  workspace: Workspace,
  listener: RtpListener,
  signal: AbortSignal,
): Child {
  return startProduct([
    "--codec",
    "h264",
    "--encoder",
    "software",
    "--gop",
    "10",
    "--shm-name",
    workspace.shmName,
    "--zmq-endpoint",
    workspace.zmqEndpoint,
    "--rtp",
    "--rtp-endpoint",
    listener.endpoint,
    "--rtp-sdp",
    workspace.path("stream.sdp"),
  ], signal);
}

/** A producer in this process with a fixed frame rate. */
export class PacedProducer implements Disposable {
  /** The underlying producer, for what tests do besides publishing frames. */
  readonly producer: Producer;
  /** Frames published so far; times are those of `performance.now`. */
  readonly publications: Publication[] = [];
  #frameCount = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(producer: Producer) {
    this.producer = producer;
  }

  /** Creates segment and socket. Publishes nothing yet. */
  static async open(
    { shmName, zmqEndpoint }: SourceAddress,
    geometry: PictureGeometry,
  ): Promise<PacedProducer> {
    const options = { shmName, zmqEndpoint, label: "faults", abi: "v2" } as const;
    return new PacedProducer(await Producer.open(options, geometry));
  }

  /** Number of the next frame. Set it back to simulate a restarted producer. */
  get nextFrameCount(): number {
    return this.#frameCount;
  }
  set nextFrameCount(frameCount: number) {
    this.#frameCount = frameCount;
  }

  /**
   * Publishes one frame.
   *
   * @param timestampNs Capture time in nanoseconds. Defaults to the Unix time.
   */
  publish(timestampNs?: bigint): void {
    const frameCount = this.#frameCount++;
    this.publications.push({ frameCount, atMs: performance.now() });
    this.producer.publish(frameCount, timestampNs);
  }

  /**
   * Starts to publish frames.
   *
   * @param frame Called for each frame. By default it publishes the frame.
   */
  run(frame: () => void = () => this.publish()): void {
    if (this.#timer !== undefined) return;
    // Due times are computed from the previous due time, so that late timers do not add up.
    let dueMs = performance.now();
    const wait = (): void => {
      dueMs = Math.max(dueMs + INTERVAL_MS, performance.now());
      this.#timer = setTimeout(() => {
        // Deno 2.4 may still call a timer that was cleared after it became due.
        if (this.#timer === undefined) return;
        frame();
        if (this.#timer !== undefined) wait();
      }, Math.max(0, dueMs - performance.now()));
    };
    wait();
  }

  /** Stops publishing. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Removes the segment and the socket. */
  [Symbol.dispose](): void {
    this.pause();
    this.producer[Symbol.dispose]();
  }
}
