import type { PlaneLayout } from "./plane_layout.ts";
import { openShim } from "./shim.ts";

/** Location and format of a picture in a segment. */
export interface PictureSource {
  /** Offset from the start of the segment, in bytes. */
  readonly offsetBytes: number;
  readonly width: number;
  readonly height: number;
  readonly strideBytes: number;
  /** Code in the contract's pixel format table. */
  readonly pixelFormatCode: number;
}

/** Offsets in `struct cvm_offer` in bytes, the same on every 64-bit system. */
const OFFER = {
  layout: 0,
  layoutSize: 32,
  source: { offset: 32, width: 40, height: 44, stride: 48, format: 52 },
  planes: { y: 56, u: 64, v: 72, yStride: 80, uvStride: 84, chromaStep: 88, matrix: 92 },
  taker: { source: 96, buffer: 104, mapInfo: 112, pts: 120 },
  size: 128,
} as const;

const METADATA_SIZE = 256;

/** Memory for one picture. */
export interface PictureMemory {
  /** Address of the first byte. */
  readonly data: Deno.PointerObject;
  /** Receiver of the picture as soon as it is whole. */
  readonly taker?: PictureTaker | undefined;
}

/** Addresses for handing a picture over to an encoder without JavaScript (`struct cvm_taker`). */
export interface PictureTaker {
  /** Address of the `GstAppSrc`. */
  readonly source: bigint;
  /** Address of the `GstBuffer`, whose ownership passes to the source. */
  readonly buffer: bigint;
  /** Address of the `GstMapInfo` of the buffer's mapping. */
  readonly mapInfo: bigint;
  /** Address of the buffer's presentation time. */
  readonly pts: bigint;
}

/** Returns the layout of the picture that these metadata describe. A picture is read into an offer with its layout. */
export function pictureLayoutKey(metadata: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (metadata.length < METADATA_SIZE) {
    throw new RangeError(`Metadata needs ${METADATA_SIZE} bytes, got ${metadata.length}`);
  }
  const layout = new Uint8Array(OFFER.layoutSize);
  openShim().cvm_picture_layout(metadata, layout);
  return layout;
}

/** An offer of memory for pictures of one layout. It is reused with different memory for every frame. */
export class Offer {
  /** `struct cvm_offer` */
  readonly bytes = new Uint8Array(OFFER.size);
  readonly #view = new DataView(this.bytes.buffer);
  readonly #planes: PlaneLayout;

  /**
   * @param layout Result of {@linkcode pictureLayoutKey}.
   * @param source Location of such a picture in the segment.
   * @param planes Location of its samples in the memory.
   */
  constructor(layout: Uint8Array, source: PictureSource, planes: PlaneLayout) {
    this.#planes = planes;
    this.bytes.set(layout, OFFER.layout);
    this.#view.setBigUint64(OFFER.source.offset, BigInt(source.offsetBytes), true);
    this.#view.setUint32(OFFER.source.width, source.width, true);
    this.#view.setUint32(OFFER.source.height, source.height, true);
    this.#view.setUint32(OFFER.source.stride, source.strideBytes, true);
    this.#view.setUint32(OFFER.source.format, source.pixelFormatCode, true);
    this.#view.setUint32(OFFER.planes.yStride, planes.yStride, true);
    this.#view.setUint32(OFFER.planes.uvStride, planes.uvStride, true);
    this.#view.setUint32(OFFER.planes.chromaStep, planes.chromaStep, true);
    this.#view.setUint32(OFFER.planes.matrix, planes.matrix === "bt709" ? 1 : 0, true);
  }

  /** Points the offer at this memory. */
  aim({ data, taker }: PictureMemory): this {
    const { yOffset, uOffset, vOffset } = this.#planes;
    const base = Deno.UnsafePointer.value(data);
    this.#view.setBigUint64(OFFER.planes.y, base + BigInt(yOffset), true);
    this.#view.setBigUint64(OFFER.planes.u, base + BigInt(uOffset), true);
    this.#view.setBigUint64(OFFER.planes.v, base + BigInt(vOffset), true);
    this.#view.setBigUint64(OFFER.taker.source, taker?.source ?? 0n, true);
    this.#view.setBigUint64(OFFER.taker.buffer, taker?.buffer ?? 0n, true);
    this.#view.setBigUint64(OFFER.taker.mapInfo, taker?.mapInfo ?? 0n, true);
    this.#view.setBigUint64(OFFER.taker.pts, taker?.pts ?? 0n, true);
    return this;
  }
}
