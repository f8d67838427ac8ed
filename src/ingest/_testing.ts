// Helpers of this room's tests: memory to read into, a segment to read from, names nobody else has.
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { NativeMemory } from "../../ffi/memory.ts";
import type { PlaneLayout } from "../../ffi/plane_layout.ts";
import { type Mapping, SharedMemory } from "../../ffi/segment.ts";
import { METADATA_SIZE } from "../contract/mod.ts";
import { pictureLayout } from "../encode/picture_layout.ts";
import type { LumaPlane } from "../simulator/luma_plane.ts";
import type { SourceAddress } from "./options.ts";
import {
  type Frame,
  type FrameConsumer,
  type FrameFeed,
  type PictureBuffer,
  type PictureFormat,
  sameSize,
} from "./picture.ts";

/** A producer's address that no other test has. */
export function uniqueSource(): SourceAddress {
  const id = crypto.randomUUID();
  return { shmName: `cvmmap_test_${id}`, zmqEndpoint: `ipc:///tmp/cvmmap_test_${id}` };
}

/** Memory for one I420 picture. */
export class TestBuffer implements PictureBuffer {
  /** Of the picture that is asked for. */
  readonly format: PictureFormat;
  /** Of the planes in {@linkcode bytes}. */
  readonly layout: PlaneLayout;
  readonly #memory: NativeMemory;
  readonly #onDiscard: (buffer: TestBuffer) => void;

  /** @param onDiscard Sees what the buffer holds when it is given back. */
  constructor(format: PictureFormat, onDiscard: (buffer: TestBuffer) => void = () => {}) {
    const { planes, size } = pictureLayout("I420", format.width, format.height);
    this.format = format;
    this.layout = planes;
    this.#memory = new NativeMemory(size);
    this.#onDiscard = onDiscard;
  }

  /** The first byte. */
  get data(): Deno.PointerObject {
    return this.#memory.address;
  }

  /** What was read. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#memory.bytes;
  }

  /** The luma that was read. */
  get luma(): LumaPlane {
    const { width, height } = this.format;
    return { samples: this.bytes, strideBytes: this.layout.yStride, width, height };
  }

  /** Gives it back. */
  discard(): void {
    this.#onDiscard(this);
  }
}

/** Takes frames and tells of each. One buffer serves all pictures of a size, so look at it at once. */
export class TestConsumer implements FrameConsumer<TestBuffer> {
  /** Frames that were delivered. */
  delivered = 0;
  /** Buffers that were given back. */
  discarded = 0;
  /** Whether there is memory. */
  hasMemory = true;
  /** Sees every whole frame. */
  onFrame: (frame: Frame<TestBuffer>) => void = () => {};
  /** Sees every buffer that was given back, with what is in it. */
  onDiscard: (buffer: TestBuffer) => void = () => {};
  /** Set by ingest. */
  feed?: FrameFeed | undefined;
  #buffer: TestBuffer | undefined;

  /** Gives memory while there is any. */
  acquire(format: PictureFormat): TestBuffer | "later" {
    if (!this.hasMemory) return "later";
    const before = this.#buffer;
    if (before !== undefined && sameSize(before.format, format)) return before;
    return this.#buffer = new TestBuffer(format, (buffer) => {
      this.discarded++;
      this.onDiscard(buffer);
    });
  }

  /** Counts a frame. */
  deliver(frame: Frame<TestBuffer>): void {
    this.delivered++;
    this.onFrame(frame);
  }
}

/** A segment that a test writes to as it likes, and its name's end. */
export class WritableSegment implements Disposable {
  /** Name of the segment. */
  readonly name: string;
  readonly #memory: SharedMemory;
  #mapping: Mapping;

  /** Makes the segment. */
  constructor(name: string, size: number) {
    const memory = SharedMemory.create(name, size);
    assert.ok(typeof memory !== "number", `error ${memory}`);
    this.name = name;
    this.#memory = memory;
    this.#mapping = this.#map(size);
  }

  /** The whole segment. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#mapping.bytes();
  }

  /** Writes metadata and payload. */
  write(metadata: Uint8Array, payload: Uint8Array): void {
    this.bytes.set(payload, METADATA_SIZE);
    this.bytes.set(metadata);
  }

  /** Changes the size, as a producer does; {@linkcode bytes} are then those of the new size. */
  resize(size: number): void {
    assert.equal(this.#memory.resize(size), 0);
    this.#mapping[Symbol.dispose]();
    this.#mapping = this.#map(size);
  }

  /** Takes the name away, unless it is another segment's by now. */
  remove(): void {
    if (this.#memory.state().current) this.#memory.unlink();
  }

  /** Removes the segment. */
  [Symbol.dispose](): void {
    this.#mapping[Symbol.dispose]();
    this.remove();
    this.#memory[Symbol.dispose]();
  }

  #map(size: number): Mapping {
    const mapping = this.#memory.map(size, "write");
    assert.ok(mapping, `cannot map ${size} bytes`);
    return mapping;
  }
}
