// Test helpers: memory to read into, a segment to read from, unique names.
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

/** Returns a producer address that no other test uses. */
export function uniqueSource(): SourceAddress {
  const id = crypto.randomUUID();
  return { shmName: `cvmmap_test_${id}`, zmqEndpoint: `ipc:///tmp/cvmmap_test_${id}` };
}

/** Memory for one I420 picture. */
export class TestBuffer implements PictureBuffer {
  /** Format of the picture. */
  readonly format: PictureFormat;
  /** Layout of the planes in {@linkcode bytes}. */
  readonly layout: PlaneLayout;
  readonly #memory: NativeMemory;
  readonly #onDiscard: (buffer: TestBuffer) => void;

  /** @param onDiscard Called with this buffer when it is discarded. */
  constructor(format: PictureFormat, onDiscard: (buffer: TestBuffer) => void = () => {}) {
    const { planes, size } = pictureLayout("I420", format.width, format.height);
    this.format = format;
    this.layout = planes;
    this.#memory = new NativeMemory(size);
    this.#onDiscard = onDiscard;
  }

  /** Address of the first byte. */
  get data(): Deno.PointerObject {
    return this.#memory.address;
  }

  /** The whole picture. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#memory.bytes;
  }

  /** The picture's luma plane. */
  get luma(): LumaPlane {
    const { width, height } = this.format;
    return { samples: this.bytes, strideBytes: this.layout.yStride, width, height };
  }

  /** Calls `onDiscard`. */
  discard(): void {
    this.#onDiscard(this);
  }
}

/** Reports each frame to a callback, which must read it at once: all pictures of a size share one buffer. */
export class TestConsumer implements FrameConsumer<TestBuffer> {
  /** Number of frames delivered. */
  delivered = 0;
  /** Number of buffers discarded. */
  discarded = 0;
  /** Whether {@linkcode acquire} returns memory. */
  hasMemory = true;
  /** Called with each frame. */
  onFrame: (frame: Frame<TestBuffer>) => void = () => {};
  /** Called with each discarded buffer, which still holds its picture. */
  onDiscard: (buffer: TestBuffer) => void = () => {};
  /** Set by ingest. */
  feed?: FrameFeed | undefined;
  #buffer: TestBuffer | undefined;

  /** Returns memory while {@linkcode hasMemory}. */
  acquire(format: PictureFormat): TestBuffer | "later" {
    if (!this.hasMemory) return "later";
    const before = this.#buffer;
    if (before !== undefined && sameSize(before.format, format)) return before;
    return this.#buffer = new TestBuffer(format, (buffer) => {
      this.discarded++;
      this.onDiscard(buffer);
    });
  }

  /** Counts and reports a frame. */
  deliver(frame: Frame<TestBuffer>): void {
    this.delivered++;
    this.onFrame(frame);
  }
}

/** A shared memory segment that a test writes to. */
export class WritableSegment implements Disposable {
  /** Name of the segment. */
  readonly name: string;
  readonly #memory: SharedMemory;
  #mapping: Mapping;

  /** Creates the segment. */
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

  /** Writes the payload, then the metadata. */
  write(metadata: Uint8Array, payload: Uint8Array): void {
    this.bytes.set(payload, METADATA_SIZE);
    this.bytes.set(metadata);
  }

  /** Changes the size; {@linkcode bytes} then has the new size. */
  resize(size: number): void {
    assert.equal(this.#memory.resize(size), 0);
    this.#mapping[Symbol.dispose]();
    this.#mapping = this.#map(size);
  }

  /** Unlinks the name, unless another segment has it by now. */
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
