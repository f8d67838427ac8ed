import { NativeMemory } from "../../ffi/memory.ts";
import type { PlaneLayout } from "../../ffi/plane_layout.ts";
import { pictureLayout } from "../encode/picture_layout.ts";
import {
  type FrameConsumer,
  type PictureBuffer,
  type PictureFormat,
  sameSize,
} from "../ingest/picture.ts";

/** Reads frames and does nothing with them: what `--run-mode ingest` measures is reading itself. */
export class MeasuringConsumer implements FrameConsumer {
  #format: PictureFormat | undefined;
  #buffer: PictureBuffer | undefined;

  /** Format of the last picture. */
  get format(): PictureFormat | undefined {
    return this.#format;
  }

  /** One buffer serves all pictures of a format. */
  acquire(format: PictureFormat): PictureBuffer {
    const before = this.#format;
    this.#format = format;
    if (this.#buffer === undefined || before === undefined || !sameSize(before, format)) {
      this.#buffer = new PlainBuffer(format);
    }
    return this.#buffer;
  }

  /** The frame was read: that is all. */
  deliver(): void {}
}

class PlainBuffer implements PictureBuffer {
  readonly layout: PlaneLayout;
  readonly #memory: NativeMemory;

  constructor(format: PictureFormat) {
    const { planes, size } = pictureLayout("I420", format.width, format.height);
    this.layout = planes;
    this.#memory = new NativeMemory(size);
  }

  get data(): Deno.PointerObject {
    return this.#memory.address;
  }

  discard(): void {}
}
