import assert from "node:assert/strict";
import { type AccessUnit, Stream, type StreamOptions } from "@cvmmap/streamer";
import type { EncodingCamera } from "./_encoding_camera.ts";

/** A stream of a camera, with the access units received from it. */
export class RecordedStream implements AsyncDisposable {
  readonly units: AccessUnit[] = [];
  readonly stream: Stream;
  readonly #camera: EncodingCamera;
  readonly #reading: Promise<void>;

  private constructor(stream: Stream, camera: EncodingCamera) {
    this.stream = stream;
    this.#camera = camera;
    camera.waitFor(() => stream.statistics().ingest.received);
    this.#reading = (async () => {
      for await (const unit of stream.accessUnits({ maxQueueMs: 60_000 })) this.units.push(unit);
    })();
  }

  static async of(
    camera: EncodingCamera,
    options: Partial<StreamOptions> = {},
  ): Promise<RecordedStream> {
    // Without identity, the access units are those of the camera byte for byte.
    const usual = { codec: "h264", encoder: "passthrough", gop: 30, frameIdentity: false } as const;
    const given = { ...usual, ...options } as const;
    const recorded = new RecordedStream(new Stream({ source: camera.name, ...given }), camera);
    assert.ok(await recorded.stream.listening);
    return recorded;
  }

  get encoder(): string | undefined {
    return this.stream.statistics().encoder;
  }

  /** Waits until the last published frame has arrived, or for a second. */
  async caughtUp(camera: EncodingCamera): Promise<void> {
    const isLast = ({ frameCount }: AccessUnit): boolean => frameCount === camera.units.length - 1;
    for (let turns = 0; turns < 200 && !this.units.slice(-1).some(isLast); turns++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Ends the stream and returns all access units received. */
  async end(): Promise<AccessUnit[]> {
    this.#camera.waitFor(() => 0);
    await this.stream.stop();
    await this.#reading;
    return this.units;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
