// Reading without the thread: the shim's own pieces, called one by one.
import { Offer, type PictureSource } from "./offer.ts";
import type { PlaneLayout } from "./plane_layout.ts";
import type { Mapping } from "./segment.ts";
import "./_open_libraries.ts";

/** `enum cvm_look` */
export const Look = { Same: 0, MetadataChanged: 1, PlaneChanged: 2, Fault: 3 } as const;

const shim = Deno.dlopen(
  new URL("../native/build/libcvmmap_shim.so", import.meta.url).pathname,
  {
    cvm_read_metadata: { parameters: ["pointer", "u64", "buffer"], result: "i32" },
    cvm_read_fingerprint: { parameters: ["pointer", "u64", "u64", "u64"], result: "u64" },
    coded_plane_copy: { parameters: ["buffer", "pointer", "u64", "buffer"], result: "i32" },
    cvm_copy_picture: { parameters: ["buffer", "pointer", "u64"], result: "i32" },
    cvm_look_again: {
      parameters: ["pointer", "u64", "buffer", "u64", "u64", "u64"],
      result: "i32",
    },
  },
).symbols;

/** Where `struct cvm_offer` has its `struct cvm_picture`. */
const PICTURE_OFFSET = 32;
/** Of a segment, in front of its planes. */
const METADATA_SIZE = 256n;

/** Copies the metadata region of a mapping into `out` (256 bytes). False when the segment has shrunk. */
export function readMetadata(mapping: Mapping, out: Uint8Array<ArrayBuffer>): boolean {
  return shim.cvm_read_metadata(mapping.base, BigInt(mapping.size), out) === 0;
}

/** Fingerprint of the plane after the metadata, of so many bytes; 0n when it cannot be read. */
export function readFingerprint(mapping: Mapping, planeSize: number): bigint {
  const { base, size } = mapping;
  return shim.cvm_read_fingerprint(base, BigInt(size), METADATA_SIZE, BigInt(planeSize));
}

/** Copies so many bytes from an offset of a mapping, as an access unit. False when the segment has shrunk. */
export function copyUnit(
  mapping: Mapping,
  offset: number,
  to: Uint8Array<ArrayBuffer>,
): boolean {
  // `struct coded_plane`: offset, size, time.
  const plane = new BigUint64Array([BigInt(offset), BigInt(to.length), 0n]);
  return shim.coded_plane_copy(plane, mapping.base, BigInt(mapping.size), to) === 0;
}

/** Reads pictures of one geometry out of one mapping. */
export class PictureReader {
  readonly #mapping: Mapping;
  readonly #planeSize: number;
  readonly #offer: Offer;

  constructor(mapping: Mapping, source: PictureSource, planeSize: number, layout: PlaneLayout) {
    this.#mapping = mapping;
    this.#planeSize = planeSize;
    this.#offer = new Offer(new Uint8Array(32), source, layout);
  }

  /** Converts the picture into memory at `into` and looks whether it is what it was: `enum cvm_look`. */
  read(into: Deno.PointerObject, metadata: Uint8Array<ArrayBuffer>, fingerprint: bigint): number {
    const { base, size } = this.#mapping;
    const picture = this.#offer.aim({ data: into }).bytes.subarray(PICTURE_OFFSET);
    if (shim.cvm_copy_picture(picture, base, BigInt(size)) !== 0) return Look.Fault;
    const planeSize = BigInt(this.#planeSize);
    return shim.cvm_look_again(
      base,
      BigInt(size),
      metadata,
      METADATA_SIZE,
      planeSize,
      fingerprint,
    );
  }
}
