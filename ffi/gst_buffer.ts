import { gst } from "./gst_symbols.ts";
import type { PictureTaker } from "./offer.ts";

const MAP_WRITE = 2;
/** `GstMapInfo`: size, and offset of `data`. */
const MAP_INFO = { size: 104, data: 16 } as const;
/** `GstBuffer`: offsets of the fields that are read and written, and of the end of the last. */
const BUFFER = { flags: 16, pts: 72, dts: 80, end: 96 } as const;
/** `GST_BUFFER_FLAG_DELTA_UNIT` */
const DELTA_UNIT = 1 << 13;

/** One buffer of raw video while it is written to; it ends in a push or in {@linkcode discard}. */
export class RawBuffer {
  readonly #buffer: Deno.PointerObject;
  readonly #mapInfo = new Uint8Array(MAP_INFO.size);
  /** The `GstBuffer` itself: made here, where there is time, for the one that `finish` needs. */
  readonly #fields: BigUint64Array;
  /** Where the pixels go. */
  readonly data: Deno.PointerObject;

  /** For {@linkcode BufferPool.acquire}. */
  constructor(buffer: Deno.PointerObject) {
    this.#buffer = buffer;
    const mapped = gst().gst_buffer_map(buffer, this.#mapInfo, MAP_WRITE);
    const address = new DataView(this.#mapInfo.buffer).getBigUint64(MAP_INFO.data, true);
    const data = Deno.UnsafePointer.create(address);
    if (mapped === 0 || data === null) throw new Error("A pool's buffer cannot be written to");
    this.data = data;
    this.#fields = new BigUint64Array(Deno.UnsafePointerView.getArrayBuffer(buffer, BUFFER.end));
  }

  /** For the shim, which can end the writing and give the buffer to a source by itself. */
  takenBy(source: Deno.PointerObject): PictureTaker {
    const buffer = Deno.UnsafePointer.value(this.#buffer);
    return {
      source: Deno.UnsafePointer.value(source),
      buffer,
      mapInfo: Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#mapInfo)),
      pts: buffer + BigInt(BUFFER.pts),
    };
  }

  /** Ends the writing and gives the buffer, stamped with `ptsNs`, to whoever takes the pointer. */
  finish(ptsNs: bigint): Deno.PointerObject {
    gst().gst_buffer_unmap(this.#buffer, this.#mapInfo);
    this.#fields[BUFFER.pts / 8] = ptsNs;
    return this.#buffer;
  }

  /** Gives the buffer back unused. */
  discard(): void {
    gst().gst_buffer_unmap(this.#buffer, this.#mapInfo);
    gst().gst_mini_object_unref(this.#buffer);
  }
}

/** Buffers of one size that are used again and again, so that no frame pays for fresh pages. */
export class BufferPool implements Disposable {
  readonly #pool: Deno.PointerObject;

  /** @param size Of each buffer, in bytes. */
  constructor(size: number) {
    const pool = gst().gst_buffer_pool_new();
    if (pool === null) throw new Error("GStreamer made no buffer pool");
    const config = gst().gst_buffer_pool_get_config(pool);
    gst().gst_buffer_pool_config_set_params(config, null, size, 0, 0);
    gst().gst_buffer_pool_set_config(pool, config);
    gst().gst_buffer_pool_set_active(pool, 1);
    this.#pool = pool;
  }

  /** A buffer to write to. Its content is that of an older picture. */
  acquire(): RawBuffer {
    const slot = new BigUint64Array(1);
    gst().gst_buffer_pool_acquire_buffer(this.#pool, slot, null);
    const buffer = Deno.UnsafePointer.create(slot[0] ?? 0n);
    if (buffer === null) throw new Error("No memory for a picture");
    return new RawBuffer(buffer);
  }

  /** Buffers that are still in use are freed when they come back. */
  [Symbol.dispose](): void {
    gst().gst_buffer_pool_set_active(this.#pool, 0);
    gst().gst_object_unref(this.#pool);
  }
}

/** What an encoder gave for one picture. */
export interface EncodedSample {
  /** A copy that the receiver owns. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Presentation time in nanoseconds of running time: what the raw buffer was stamped with. */
  readonly ptsNs: bigint;
  /** Decoding time likewise; it may be negative where B-frames delay the output. */
  readonly dtsNs: bigint;
  /** Whether decoding can start here. */
  readonly keyFrame: boolean;
}

/** Copies a `GstSample` out and frees it. Undefined when it holds no buffer. */
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

/** x264enc shifts all its times by 1000 hours and says so in the segment: only running time is the caller's. */
function runningTime(segment: Deno.PointerObject, position: bigint): bigint | undefined {
  const FORMAT_TIME = 3;
  const out = new BigUint64Array(1);
  const sign = gst().gst_segment_to_running_time_full(segment, FORMAT_TIME, position, out);
  return sign === 0 ? undefined : BigInt(sign) * (out[0] ?? 0n);
}
