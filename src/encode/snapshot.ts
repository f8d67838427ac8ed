import type { PlaneLayout } from "../../ffi/plane_layout.ts";
import { BufferPool, type RawBuffer } from "../../ffi/gst_buffer.ts";
import { GstPipeline } from "../../ffi/gst_pipeline.ts";
import { prepareShim } from "../../ffi/shim.ts";
import { StreamerError } from "../errors.ts";
import { zeroIngestCounters } from "../ingest/counters.ts";
import { Ingest } from "../ingest/ingest.ts";
import type { SourceAddress } from "../ingest/options.ts";
import {
  type Frame,
  type FrameConsumer,
  type PictureBuffer,
  type PictureFormat,
  sameSize,
} from "../ingest/picture.ts";
import { startGStreamer } from "./choice.ts";
import { type PictureLayout, pictureLayout, rawCaps } from "./picture_layout.ts";

/** Time limit for the next frame and its encoding. */
const LIMIT_MS = 3000;
const QUALITY = 85;

/**
 * Reads the producer's next whole frame, beside any stream, and returns it as JPEG.
 *
 * @throws {StreamerError} `snapshot_failed`, if no frame that can be used arrives within three seconds, or GStreamer has
 * no `jpegenc`.
 */
export async function takeSnapshot(source: SourceAddress): Promise<Uint8Array<ArrayBuffer>> {
  await prepareShim();
  await startGStreamer();
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), LIMIT_MS);
  await using camera = new SnapshotCamera(() => end.abort());
  try {
    const options = { source, queueSize: 1, maxFrames: 0, idleTimeoutMs: 0 };
    await new Ingest(options, camera, zeroIngestCounters()).run(end.signal);
  } finally {
    clearTimeout(timer);
  }
  if (camera.jpeg !== undefined) return camera.jpeg;
  const reason = camera.problem ?? `no frame that can be used has arrived within ${LIMIT_MS} ms`;
  throw new StreamerError(`No picture: ${reason}`, { code: "snapshot_failed" });
}

/** Encodes the first whole frame. */
class SnapshotCamera implements FrameConsumer<SnapshotBuffer>, AsyncDisposable {
  readonly #onDone: () => void;
  #pipeline: SnapshotPipeline | undefined;
  readonly #leaving: Promise<void>[] = [];
  #isTaken = false;
  jpeg: Uint8Array<ArrayBuffer> | undefined;
  problem: string | undefined;

  constructor(onDone: () => void) {
    this.#onDone = onDone;
  }

  acquire(format: PictureFormat): SnapshotBuffer | "later" {
    if (this.#isTaken) return "later";
    if (this.#pipeline === undefined || !sameSize(this.#pipeline.format, format)) {
      if (this.#pipeline !== undefined) this.#leaving.push(this.#pipeline[Symbol.asyncDispose]());
      this.#pipeline = new SnapshotPipeline(format, {
        jpeg: (jpeg) => {
          this.jpeg = jpeg;
          this.#onDone();
        },
        failed: (message) => {
          this.problem = message;
          this.#onDone();
        },
      });
    }
    return this.#pipeline.acquire();
  }

  deliver(frame: Frame<SnapshotBuffer>): void {
    if (this.#isTaken || !frame.confirm()) return frame.buffer.discard();
    this.#isTaken = true;
    frame.buffer.encode();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#leaving, this.#pipeline?.[Symbol.asyncDispose]()]);
  }
}

/** A pipeline that encodes pictures of one size as JPEG. */
class SnapshotPipeline implements AsyncDisposable {
  readonly format: PictureFormat;
  readonly #layout: PictureLayout;
  readonly #pool: BufferPool;
  readonly #pipeline: GstPipeline;
  readonly #playing: Promise<boolean>;

  constructor(format: PictureFormat, events: {
    readonly jpeg: (jpeg: Uint8Array<ArrayBuffer>) => void;
    readonly failed: (message: string) => void;
  }) {
    this.format = format;
    this.#layout = pictureLayout("I420", format.width, format.height);
    const caps = rawCaps("I420", this.#layout, format.frameRate);
    this.#pipeline = new GstPipeline(
      `appsrc name=source format=time caps=${caps} ! jpegenc name=encoder quality=${QUALITY} ! ` +
        "appsink name=sink sync=false async=false",
      {
        sample: ({ data }) => events.jpeg(data),
        hungry: () => {},
        failed: events.failed,
        warning: () => {},
      },
    );
    this.#pool = new BufferPool(this.#layout.size);
    this.#playing = this.#pipeline.play();
  }

  acquire(): SnapshotBuffer {
    return new SnapshotBuffer(this.#pool.acquire(), this.#layout.planes, this.#pipeline);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#playing;
    await this.#pipeline[Symbol.asyncDispose]();
    this.#pool[Symbol.dispose]();
  }
}

/** Memory for one picture. */
class SnapshotBuffer implements PictureBuffer {
  readonly layout: PlaneLayout;
  readonly #raw: RawBuffer;
  readonly #pipeline: GstPipeline;

  constructor(raw: RawBuffer, layout: PlaneLayout, pipeline: GstPipeline) {
    this.#raw = raw;
    this.layout = layout;
    this.#pipeline = pipeline;
  }

  get data(): Deno.PointerObject {
    return this.#raw.data;
  }

  encode(): void {
    this.#pipeline.push(this.#raw, 0n);
  }

  discard(): void {
    this.#raw.discard();
  }
}
