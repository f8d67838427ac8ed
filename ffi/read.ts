import type { HeadStart } from "./head_start.ts";
import type { Mapping } from "./segment.ts";
import { openShim } from "./shim.ts";

/** How reading a picture ended, `enum cvm_read_result`. */
export const ReadResult = {
  Whole: 0,
  MetadataChanged: 1,
  PayloadChanged: 2,
  /** The segment shrank under the mapping. */
  Fault: 3,
} as const;

/** One of the values of {@linkcode ReadResult}. */
export type ReadResult = typeof ReadResult[keyof typeof ReadResult];

const METADATA_SIZE = 256;

/** Copies the metadata region of a mapping into `out` (256 bytes). False when the segment has shrunk. */
export function readMetadata(mapping: Mapping, out: Uint8Array<ArrayBuffer>): boolean {
  if (out.length < METADATA_SIZE) {
    throw new RangeError(`Metadata needs 256 bytes, got ${out.length}`);
  }
  return openShim().cvm_read_metadata(mapping.base, BigInt(mapping.size), out) === ReadResult.Whole;
}

/** Fingerprint of a payload of `payloadSize` bytes; 0n when it cannot be read. */
export function readFingerprint(mapping: Mapping, payloadSize: number): bigint {
  return openShim().cvm_read_fingerprint(mapping.base, BigInt(mapping.size), BigInt(payloadSize));
}

/** Where a picture lies in a segment. */
export interface PictureSource {
  /** From the segment's start, in bytes. */
  readonly offsetBytes: number;
  readonly width: number;
  readonly height: number;
  readonly strideBytes: number;
  /** Code of the contract's pixel format table. */
  readonly pixelFormatCode: number;
  /** Of everything behind the metadata, in bytes. */
  readonly payloadSize: number;
}

/** Where its samples go: 4:2:0, planar or half-planar. */
export interface PlaneLayout {
  readonly yOffset: number;
  readonly uOffset: number;
  readonly vOffset: number;
  readonly yStride: number;
  readonly uvStride: number;
  /** 1: U and V in planes of their own (I420); 2: interleaved (NV12). */
  readonly chromaStep: 1 | 2;
  readonly matrix: "bt601" | "bt709";
}

/** Offsets in `struct cvm_read_job`; natural alignment on every 64-bit system. */
const JOB = {
  segment: 0,
  segmentSize: 8,
  source: { pixels: 16, width: 24, height: 28, stride: 32, format: 36 },
  planes: { y: 40, u: 48, v: 56, yStride: 64, uvStride: 68, chromaStep: 72, matrix: 76 },
  payloadSize: 80,
  metadata: 88,
  fingerprint: 96,
  announcement: 104,
  settleNs: 112,
  endedNs: 120,
  size: 128,
} as const;

/** What else decides about how a picture is read. */
export interface ReadOptions {
  /** Number of the announcement, which may have begun with it; 0: none has. */
  readonly announcement?: number;
  /** Time to give a writer that is held up to show itself, less than a second, in milliseconds; 0: none. */
  readonly settleMs?: number;
}

/** Reads pictures of one geometry out of one mapping: the arguments are laid out once, not for every frame. */
export class PictureReader {
  readonly #job = new Uint8Array(JOB.size);
  readonly #view = new DataView(this.#job.buffer);
  readonly #metadata: Uint8Array<ArrayBuffer>;
  readonly #layout: PlaneLayout;
  readonly #headStart: HeadStart | undefined;

  /**
   * @param metadata 256 bytes that hold, at every call of `read`, the metadata as it was read before.
   * @param headStart What {@linkcode prepare} prepares.
   */
  constructor(
    mapping: Mapping,
    metadata: Uint8Array<ArrayBuffer>,
    source: PictureSource,
    layout: PlaneLayout,
    headStart?: HeadStart,
  ) {
    this.#metadata = metadata;
    this.#layout = layout;
    this.#headStart = headStart;
    const base = Deno.UnsafePointer.value(mapping.base);
    this.#view.setBigUint64(JOB.segment, base, true);
    this.#view.setBigUint64(JOB.segmentSize, BigInt(mapping.size), true);
    this.#view.setBigUint64(JOB.source.pixels, base + BigInt(source.offsetBytes), true);
    this.#view.setUint32(JOB.source.width, source.width, true);
    this.#view.setUint32(JOB.source.height, source.height, true);
    this.#view.setUint32(JOB.source.stride, source.strideBytes, true);
    this.#view.setUint32(JOB.source.format, source.pixelFormatCode, true);
    this.#view.setUint32(JOB.planes.yStride, layout.yStride, true);
    this.#view.setUint32(JOB.planes.uvStride, layout.uvStride, true);
    this.#view.setUint32(JOB.planes.chromaStep, layout.chromaStep, true);
    this.#view.setUint32(JOB.planes.matrix, layout.matrix === "bt709" ? 1 : 0, true);
    this.#view.setBigUint64(JOB.payloadSize, BigInt(source.payloadSize), true);
  }

  /** Has the next announcement begin with `into`, which must stay until it is read into or that is cancelled. */
  prepare(into: Deno.PointerObject): void {
    this.#aim(into);
    this.#headStart?.prepare(this.#job);
  }

  /**
   * Converts the picture into memory at `into`, and looks whether anybody wrote meanwhile.
   *
   * @param fingerprint Of the payload when the frame was known to be whole.
   */
  read(
    into: Deno.PointerObject,
    fingerprint: bigint,
    { announcement = 0, settleMs = 0 }: ReadOptions = {},
  ): ReadResult {
    this.#aim(into);
    this.#view.setBigUint64(JOB.fingerprint, fingerprint, true);
    this.#view.setBigUint64(JOB.announcement, BigInt(announcement), true);
    this.#view.setBigUint64(JOB.settleNs, BigInt(Math.round(settleMs * 1e6)), true);
    // The metadata buffer's address is in the job: keep it alive and where it is.
    const metadata = Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#metadata));
    this.#view.setBigUint64(JOB.metadata, metadata, true);
    const headStart = this.#headStart?.pointer ?? null;
    return openShim().cvm_read_picture(this.#job, headStart) as ReadResult;
  }

  /** When the copy of the last `read` ended: steady clock, milliseconds. */
  get endedMs(): number {
    return Number(this.#view.getBigUint64(JOB.endedNs, true)) / 1e6;
  }

  #aim(into: Deno.PointerObject): void {
    const { yOffset, uOffset, vOffset } = this.#layout;
    const base = Deno.UnsafePointer.value(into);
    this.#view.setBigUint64(JOB.planes.y, base + BigInt(yOffset), true);
    this.#view.setBigUint64(JOB.planes.u, base + BigInt(uOffset), true);
    this.#view.setBigUint64(JOB.planes.v, base + BigInt(vOffset), true);
  }
}
