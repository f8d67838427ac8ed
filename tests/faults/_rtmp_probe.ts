import type { StubFaultPlan } from "../../src/testers/rtmp_stub_fault.ts";
import { RtmpStubServer } from "../../src/testers/rtmp_stub_server.ts";
import { type FrameIdentity, frameIdentity, unixMs } from "./_frame_identity.ts";

/** A frame that the server received. */
export interface RtmpFrame extends FrameIdentity {
  /** Index of the session, from 0. */
  readonly session: number;
  /** RTMP timestamp: milliseconds since the first frame of the session. */
  readonly timestampMs: number;
  /** Arrival time, in milliseconds of Unix time. */
  readonly arrivedMs: number;
}

/** A strict RTMP server for H.264 that can be closed, reopened and made to misbehave. */
export class RtmpProbe implements AsyncDisposable {
  /** TCP port. */
  readonly port: number;
  /** Frames received, in order. */
  readonly frames: RtmpFrame[] = [];
  #server: RtmpStubServer | undefined;
  #session = -1;
  #connectionsBefore = 0;
  #violation: string | undefined;
  #waiting: { count: number; resolve: () => void }[] = [];

  /** Does not listen until {@linkcode open} is called. */
  constructor(port: number) {
    this.port = port;
  }

  /** Number of connections so far. */
  get connections(): number {
    return this.#connectionsBefore + (this.#server?.report().connections ?? 0);
  }

  /** Starts to listen, with the given faults. */
  open(faults: StubFaultPlan = {}): void {
    this.#server = new RtmpStubServer({
      host: "127.0.0.1",
      port: this.port,
      mode: "h264",
      faults,
      onVideo: (video, timestampMs) => {
        // Each session starts with a sequence header.
        if (video.kind === "sequence-header" && timestampMs === 0) this.#session++;
        if (video.kind !== "frame") return;
        const identity = frameIdentity(video.nalUnits);
        const [session, arrivedMs] = [this.#session, unixMs()];
        this.frames.push({ ...identity, session, timestampMs, arrivedMs });
        this.#waiting = this.#waiting.filter(({ count, resolve }) => {
          if (this.frames.length < count) return true;
          resolve();
          return false;
        });
      },
      onViolation: ({ message }) => this.#violation ??= message,
    });
  }

  /** Closes all connections and stops listening. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    await server[Symbol.asyncDispose]();
    this.#connectionsBefore += server.report().connections;
    this.#server = undefined;
  }

  /** Waits until this many frames in total have arrived. */
  async waitForFrames(count: number): Promise<void> {
    if (this.frames.length >= count) return;
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }

  /**
   * Checks that publishers followed the protocol.
   *
   * @throws {Error} If one did not, with the first violation.
   */
  check(): void {
    if (this.#violation !== undefined) {
      throw new Error(`The RTMP server found a violation: ${this.#violation}`);
    }
  }

  /** Closes the server. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
