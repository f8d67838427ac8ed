/**
 * A manually driven producer, and a reader of it.
 *
 * @module
 */
import "./_open_libraries.ts";
import { encodeMetadata, encodeSyncMessage, METADATA_SIZE } from "../src/contract/mod.ts";
import { uniqueSource, WritableSegment } from "../src/ingest/_testing.ts";
import { frameMetadata } from "../src/simulator/frame_metadata.ts";
import { converted, noise, type Packed, sourceOf, spacedLayout } from "./_picture_testing.ts";
import { FrameReader } from "./frame_reader.ts";
import { Offer, pictureLayoutKey } from "./offer.ts";
import { EventKind, type FrameResult, type ReaderEvent } from "./reader_event.ts";
import { NativeMemory } from "./memory.ts";
import { ZmqPublisher } from "./zmq.ts";

const WIDTH = 64;
const HEIGHT = 48;
export const PLANE_SIZE = WIDTH * HEIGHT * 3;
export const SIZE = METADATA_SIZE + PLANE_SIZE;

export function pictureOf(seed: number): Packed {
  const bytes = noise(PLANE_SIZE, seed);
  return { format: "bgr", width: WIDTH, height: HEIGHT, stride: 3 * WIDTH, bytes };
}

export function metadataOf(frameCount: number): Uint8Array<ArrayBuffer> {
  const geometry = { width: WIDTH, height: HEIGHT, pixelFormat: "bgr" } as const;
  const publication = { frameCount, timestampNs: BigInt(frameCount), sequence: 1n };
  return new Uint8Array(encodeMetadata(frameMetadata("v2", geometry, publication)));
}

/** A manually driven producer, a reader of it, and memory for one picture. */
export class Stage implements AsyncDisposable {
  readonly source = uniqueSource();
  readonly segment = new WritableSegment(this.source.shmName, SIZE);
  readonly layout = spacedLayout("I420", pictureOf(0), "bt601");
  readonly memory = new NativeMemory(this.layout.size);
  readonly events: ReaderEvent[] = [];
  reader!: FrameReader;
  #publisher!: ZmqPublisher;
  #changed = Promise.withResolvers<void>();

  static async set(): Promise<Stage> {
    const stage = new Stage();
    stage.#publisher = await ZmqPublisher.bind(stage.source.zmqEndpoint);
    await stage.listen(stage.source.zmqEndpoint);
    return stage;
  }

  async listen(endpoint: string): Promise<void> {
    this.reader = await FrameReader.open(endpoint, this.source.shmName, () => {
      for (let event = this.reader.next(); event; event = this.reader.next()) {
        this.events.push(event.copy());
      }
      this.#changed.resolve();
    });
    while (!this.events.some(({ kind }) => kind === EventKind.Message)) {
      this.send(new Uint8Array(1));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    // Earlier messages may still arrive.
    await this.next(({ messageLength }) => messageLength === 2, () => this.send(new Uint8Array(2)));
    this.events.length = 0;
  }

  get offer(): Offer {
    const offer = new Offer(pictureLayoutKey(metadataOf(1)), sourceOf(pictureOf(0)), this.layout);
    return offer.aim({ data: this.memory.address });
  }

  write(frameCount: number, seed = frameCount): void {
    this.segment.write(metadataOf(frameCount), pictureOf(seed).bytes);
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    this.#publisher.send(message);
  }

  announce(frameCount: number): void {
    this.send(encodeSyncMessage({ frameCount, timestampNs: BigInt(frameCount), label: "" }));
  }

  /** Runs `action` and returns the next event that matches. */
  async next(
    isIt: (event: ReaderEvent) => boolean,
    action: () => void = () => {},
  ): Promise<ReaderEvent> {
    action();
    for (;;) {
      const at = this.events.findIndex(isIt);
      if (at >= 0) return this.events.splice(0, at + 1).at(-1)!;
      await this.#changed.promise;
      this.#changed = Promise.withResolvers();
    }
  }

  /** Runs `action` and returns the next frame event. */
  frame(action: () => void = () => {}): Promise<ReaderEvent> {
    return this.next(({ kind }) => kind === EventKind.Frame, action);
  }

  async result(action: () => void): Promise<FrameResult> {
    return (await this.frame(action)).result;
  }

  /** Returns whether the memory, or other memory with the same layout, holds this picture. */
  shows(seed: number, bytes = this.memory.bytes): boolean {
    const { y } = converted(pictureOf(seed), "bt601");
    const { yOffset, yStride } = this.layout;
    return Array.from({ length: HEIGHT }, (_, row) => row).every((row) => {
      const at = yOffset + row * yStride;
      const got = bytes.subarray(at, at + WIDTH);
      return got.every((sample, x) => sample === y[row * WIDTH + x]);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.reader[Symbol.asyncDispose]();
    this.#publisher[Symbol.dispose]();
    this.segment[Symbol.dispose]();
  }
}
