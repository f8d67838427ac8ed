import type { StubFaultPlan } from "../../src/testers/rtmp_stub_fault.ts";
import { RtmpStubServer } from "../../src/testers/rtmp_stub_server.ts";
import { type FrameIdentity, frameIdentity, unixMs } from "./_frame_identity.ts";

/** A frame that a server took. */
export interface RtmpFrame extends FrameIdentity {
  /** Which session it came in, from 0. */
  readonly session: number;
  /** In milliseconds, since the first frame of the session. */
  readonly timestampMs: number;
  /** When it was here, in milliseconds of Unix time. */
  readonly arrivedMs: number;
}

/** A strict RTMP server for H.264 at one port, which can go, come again and misbehave. */
export class RtmpProbe implements AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
  /** What has come, in order. */
  readonly frames: RtmpFrame[] = [];
  #server: RtmpStubServer | undefined;
  #session = -1;
  #connectionsBefore = 0;
  #violation: string | undefined;
  #waiting: { count: number; resolve: () => void }[] = [];

  /** Listens only from {@linkcode open} on. */
  constructor(port: number) {
    this.port = port;
  }

  /** Connections that there have been. */
  get connections(): number {
    return this.#connectionsBefore + (this.#server?.report().connections ?? 0);
  }

  /** Listens, and misbehaves as planned. */
  open(faults: StubFaultPlan = {}): void {
    this.#server = new RtmpStubServer({
      host: "127.0.0.1",
      port: this.port,
      mode: "h264",
      faults,
      onVideo: (video, timestampMs) => {
        // Each session begins with one.
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

  /** Ends all connections and listens no more. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    await server[Symbol.asyncDispose]();
    this.#connectionsBefore += server.report().connections;
    this.#server = undefined;
  }

  /** Resolves when so many frames in all have come, as soon as the last of them. */
  async reaches(count: number): Promise<void> {
    if (this.frames.length >= count) return;
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }

  /**
   * Makes sure that publishers did everything right.
   *
   * @throws {Error} When one did not, with what it was.
   */
  check(): void {
    if (this.#violation !== undefined) throw new Error(`The RTMP server says: ${this.#violation}`);
  }

  /** Ends all. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
