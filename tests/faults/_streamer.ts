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

/** Starts the streamer, H.264 over RTP to `listener`. */
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

/** A producer in the test's own process, which keeps a pace while it runs. */
export class PacedProducer implements Disposable {
  /** For what the test does beside the frames. */
  readonly producer: Producer;
  /** Every frame so far; times are those of `performance.now`. */
  readonly publications: Publication[] = [];
  #frameCount = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(producer: Producer) {
    this.producer = producer;
  }

  /** Opens it; it publishes nothing yet. */
  static async open(
    { shmName, zmqEndpoint }: SourceAddress,
    geometry: PictureGeometry,
  ): Promise<PacedProducer> {
    const options = { shmName, zmqEndpoint, label: "faults", abi: "v2" } as const;
    return new PacedProducer(await Producer.open(options, geometry));
  }

  /** Number of the next frame; a producer that begins anew sets it back. */
  get nextFrameCount(): number {
    return this.#frameCount;
  }
  set nextFrameCount(frameCount: number) {
    this.#frameCount = frameCount;
  }

  /**
   * Publishes one frame.
   *
   * @param timestampNs Capture time; now, in Unix time, unless given.
   */
  publish(timestampNs?: bigint): void {
    const frameCount = this.#frameCount++;
    this.publications.push({ frameCount, atMs: performance.now() });
    this.producer.publish(frameCount, timestampNs);
  }

  /**
   * Publishes frames from now on.
   *
   * @param frame What to do for each, if not just to publish it.
   */
  run(frame: () => void = () => this.publish()): void {
    if (this.#timer !== undefined) return;
    // Each moment counts from the start: a timer comes late, and an interval adds that up.
    let dueMs = performance.now();
    const wait = (): void => {
      dueMs = Math.max(dueMs + INTERVAL_MS, performance.now());
      this.#timer = setTimeout(() => {
        // Deno 2.4 may call once more what was cleared when it was due already.
        if (this.#timer === undefined) return;
        frame();
        if (this.#timer !== undefined) wait();
      }, Math.max(0, dueMs - performance.now()));
    };
    wait();
  }

  /** Publishes no more. */
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
