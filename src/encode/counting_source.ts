import { NativeMemory } from "../../ffi/memory.ts";
import type { PlaneLayout } from "../../ffi/plane_layout.ts";
import type { RunningCounters } from "../ingest/counters.ts";
import { Ingest, type IngestEnd } from "../ingest/ingest.ts";
import type { IngestOptions } from "../ingest/options.ts";
import {
  type FrameConsumer,
  type PictureBuffer,
  type PictureFormat,
  sameSize,
} from "../ingest/picture.ts";
import type { AccessUnitSource, SourceEvents, SourceState } from "./access_unit_source.ts";
import { pictureLayout } from "./picture_layout.ts";

/** Reads and counts frames, and gives no access units: `--run-mode ingest` measures reading alone. */
export class CountingSource implements AccessUnitSource {
  readonly #ingest: IngestOptions;
  readonly #counters: RunningCounters;
  readonly #events: Pick<SourceEvents, "listening">;
  readonly #consumer = new DiscardingConsumer();

  /** Updates `counters`. */
  constructor(
    ingest: IngestOptions,
    counters: RunningCounters,
    events: Pick<SourceEvents, "listening">,
  ) {
    this.#ingest = ingest;
    this.#counters = counters;
    this.#events = events;
  }

  /** The pictures that are read. */
  get state(): SourceState {
    return { encoder: undefined, picture: this.#consumer.format, passedOn: 0 };
  }

  /** Does nothing. */
  open(): Promise<void> {
    return Promise.resolve();
  }

  /** Reads frames until `signal` is aborted or a limit of the options is reached. */
  run(signal: AbortSignal): Promise<IngestEnd> {
    const { listening } = this.#events;
    return new Ingest(this.#ingest, this.#consumer, this.#counters).run(signal, listening);
  }

  /** Does nothing: there are no key frames. */
  requestKeyFrame(): void {}

  /** Does nothing: there is no bit rate. */
  setBitrate(): void {}
}

/** Discards all frames. */
class DiscardingConsumer implements FrameConsumer {
  #format: PictureFormat | undefined;
  #buffer: PictureBuffer | undefined;

  /** Format of the last picture. */
  get format(): PictureFormat | undefined {
    return this.#format;
  }

  /** Returns the one buffer for all pictures of a size. */
  acquire(format: PictureFormat): PictureBuffer {
    const before = this.#format;
    this.#format = format;
    if (this.#buffer === undefined || before === undefined || !sameSize(before, format)) {
      this.#buffer = new PlainBuffer(format);
    }
    return this.#buffer;
  }

  /** Does nothing: its buffer is used again. */
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
