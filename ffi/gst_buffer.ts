import { gst } from "./gst_symbols.ts";
import type { PictureTaker } from "./offer.ts";

const MAP_WRITE = 2;
/** `GstMapInfo`: its size, and the offset of `data`. */
const MAP_INFO = { size: 104, data: 16 } as const;
/** `GstBuffer`: offsets of the fields that are read or written, and the end of the last one. */
const BUFFER = { flags: 16, pts: 72, dts: 80, end: 96 } as const;
/** `GST_BUFFER_FLAG_DELTA_UNIT` */
const DELTA_UNIT = 1 << 13;

/** A buffer of raw video that is being written; it must be pushed or {@linkcode discard}ed. */
export class RawBuffer {
  readonly #buffer: Deno.PointerObject;
  readonly #mapInfo = new Uint8Array(MAP_INFO.size);
  /** View of the `GstBuffer`, created in advance because `finish` is time-critical. */
  readonly #fields: BigUint64Array;
  /** Where the pixels go. */
  readonly data: Deno.PointerObject;

  /** Use {@linkcode BufferPool.acquire}. */
  constructor(buffer: Deno.PointerObject) {
    this.#buffer = buffer;
    const mapped = gst().gst_buffer_map(buffer, this.#mapInfo, MAP_WRITE);
    const address = new DataView(this.#mapInfo.buffer).getBigUint64(MAP_INFO.data, true);
    const data = Deno.UnsafePointer.create(address);
    if (mapped === 0 || data === null) {
      throw new Error("Cannot map a buffer of the pool for writing");
    }
    this.data = data;
    this.#fields = new BigUint64Array(Deno.UnsafePointerView.getArrayBuffer(buffer, BUFFER.end));
  }

  /** Describes the buffer for the shim, which can unmap it and push it into a source by itself. */
  takenBy(source: Deno.PointerObject): PictureTaker {
    const buffer = Deno.UnsafePointer.value(this.#buffer);
    return {
      source: Deno.UnsafePointer.value(source),
      buffer,
      mapInfo: Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#mapInfo)),
      pts: buffer + BigInt(BUFFER.pts),
    };
  }

  /** Unmaps the buffer and stamps it with `ptsNs`. The caller owns the returned buffer. */
  finish(ptsNs: bigint): Deno.PointerObject {
    gst().gst_buffer_unmap(this.#buffer, this.#mapInfo);
    this.#fields[BUFFER.pts / 8] = ptsNs;
    return this.#buffer;
  }

  /** Returns the buffer to the pool unused. */
  discard(): void {
    gst().gst_buffer_unmap(this.#buffer, this.#mapInfo);
    gst().gst_mini_object_unref(this.#buffer);
  }
}

/** A pool of buffers of one size, so that frames do not need newly allocated pages. */
export class BufferPool implements Disposable {
  readonly #pool: Deno.PointerObject;

  /** @param size Of each buffer, in bytes. */
  constructor(size: number) {
    const pool = gst().gst_buffer_pool_new();
    if (pool === null) throw new Error("Cannot create a GStreamer buffer pool");
    const config = gst().gst_buffer_pool_get_config(pool);
    gst().gst_buffer_pool_config_set_params(config, null, size, 0, 0);
    gst().gst_buffer_pool_set_config(pool, config);
    gst().gst_buffer_pool_set_active(pool, 1);
    this.#pool = pool;
  }

  /** Returns a buffer to write to. It may hold an older picture. */
  acquire(): RawBuffer {
    const slot = new BigUint64Array(1);
    gst().gst_buffer_pool_acquire_buffer(this.#pool, slot, null);
    const buffer = Deno.UnsafePointer.create(slot[0] ?? 0n);
    if (buffer === null) throw new Error("Cannot allocate a buffer for a picture");
    return new RawBuffer(buffer);
  }

  /** Frees the pool. Buffers still in use are freed when they are returned. */
  [Symbol.dispose](): void {
    gst().gst_buffer_pool_set_active(this.#pool, 0);
    gst().gst_object_unref(this.#pool);
  }
}

/** An encoder's output for one picture. */
export interface EncodedSample {
  /** The encoded bytes; a copy owned by the receiver. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Presentation time in nanoseconds of running time; the raw buffer's timestamp. */
  readonly ptsNs: bigint;
  /** Decoding time in nanoseconds of running time; may be negative if B-frames delay the output. */
  readonly dtsNs: bigint;
  /** Whether decoding can start with this sample. */
  readonly keyFrame: boolean;
}

/** Copies a `GstSample` and frees it. Returns undefined if it has no buffer. */
export function takeSample(sample: Deno.PointerObject): EncodedSample | undefined {
  const buffer = gst().gst_sample_get_buffer(sample);
  const segment = gst().gst_sample_get_segment(sample);
  try {
    if (buffer === null || segment === null) return undefined;
    const data = new Uint8Array(Number(gst().gst_buffer_get_size(buffer)));
    gst().gst_buffer_extract(buffer, 0n, data, BigInt(data.length));
    const fields = new Deno.UnsafePointerView(buffer);
    const ptsNs = runningTime(segment, fields.getBigUint64(BUFFER.pts)) ?? 0n;
    return {
      data,
      ptsNs,
      dtsNs: runningTime(segment, fields.getBigUint64(BUFFER.dts)) ?? ptsNs,
      keyFrame: (fields.getUint32(BUFFER.flags) & DELTA_UNIT) === 0,
    };
  } finally {
    gst().gst_mini_object_unref(sample);
  }
}

/** Converts to running time. x264enc shifts all its times by 1000 hours and declares that in the segment. */
function runningTime(segment: Deno.PointerObject, position: bigint): bigint | undefined {
  const FORMAT_TIME = 3;
  const out = new BigUint64Array(1);
  const sign = gst().gst_segment_to_running_time_full(segment, FORMAT_TIME, position, out);
  return sign === 0 ? undefined : BigInt(sign) * (out[0] ?? 0n);
}
