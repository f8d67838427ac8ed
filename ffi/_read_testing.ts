/**
 * Reads frames without the reader thread, by calling the shim's functions one by one.
 *
 * @module
 */
import { testShim } from "./_shim_testing.ts";
import { Offer, type PictureSource } from "./offer.ts";
import type { PlaneLayout } from "./plane_layout.ts";
import type { Mapping } from "./segment.ts";

/** `enum cvm_check` */
export const Check = { Unchanged: 0, MetadataChanged: 1, PlaneChanged: 2, Fault: 3 } as const;

/** Offset of the `struct cvm_picture` in a `struct cvm_offer`. */
const PICTURE_OFFSET = 32;
/** Bytes of the metadata region, which precedes the planes. */
const METADATA_SIZE = 256n;

/** Copies the metadata region of a mapping into `out` (256 bytes). Returns false if the segment has shrunk. */
export function readMetadata(mapping: Mapping, out: Uint8Array<ArrayBuffer>): boolean {
  return testShim.cvm_read_metadata(mapping.base, BigInt(mapping.size), out) === 0;
}

/** Returns the fingerprint of the first `planeSize` bytes after the metadata, or 0n if they cannot be read. */
export function readFingerprint(mapping: Mapping, planeSize: number): bigint {
  const { base, size } = mapping;
  return testShim.cvm_read_fingerprint(base, BigInt(size), METADATA_SIZE, BigInt(planeSize));
}

/** Fills `to` from an offset of a mapping, like an access unit. Returns false if the segment has shrunk. */
export function copyUnit(
  mapping: Mapping,
  offset: number,
  to: Uint8Array<ArrayBuffer>,
): boolean {
  // `struct coded_plane`: offset, size, time.
  const plane = new BigUint64Array([BigInt(offset), BigInt(to.length), 0n]);
  return testShim.cvm_coded_plane_copy(plane, mapping.base, BigInt(mapping.size), to) === 0;
}

/** Reads pictures of one geometry from one mapping. */
export class PictureReader {
  readonly #mapping: Mapping;
  readonly #planeSize: number;
  readonly #offer: Offer;

  constructor(mapping: Mapping, source: PictureSource, planeSize: number, layout: PlaneLayout) {
    this.#mapping = mapping;
    this.#planeSize = planeSize;
    this.#offer = new Offer(new Uint8Array(32), source, layout);
  }

  /** Converts the picture into memory at `into` and checks whether it is unchanged. Returns one of {@linkcode Check}. */
  read(into: Deno.PointerObject, metadata: Uint8Array<ArrayBuffer>, fingerprint: bigint): number {
    const { base, size } = this.#mapping;
    const picture = this.#offer.aim({ data: into }).bytes.subarray(PICTURE_OFFSET);
    if (testShim.cvm_copy_picture(picture, base, BigInt(size)) !== 0) return Check.Fault;
    const planeSize = BigInt(this.#planeSize);
    return testShim.cvm_check_frame(
      base,
      BigInt(size),
      metadata,
      METADATA_SIZE,
      planeSize,
      fingerprint,
    );
  }
}
