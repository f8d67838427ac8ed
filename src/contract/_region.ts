/** Size of the metadata region at the start of a segment, in bytes. */
export const METADATA_SIZE = 256;

/** Offset of the payload from the start of the segment, in bytes. */
export const PAYLOAD_OFFSET = 256;

// "CV-MMAP\0" as two little-endian words.
const MAGIC_LOW = 0x4d2d5643;
const MAGIC_HIGH = 0x0050414d;

/** Returns whether the region starts with `CV-MMAP\0`. */
export function hasMagic(view: DataView): boolean {
  return view.getUint32(0, true) === MAGIC_LOW && view.getUint32(4, true) === MAGIC_HIGH;
}

/** Writes the magic and the version. */
export function writePreamble(view: DataView, major: number, minor: number): void {
  view.setUint32(0, MAGIC_LOW, true);
  view.setUint32(4, MAGIC_HIGH, true);
  view.setUint8(8, major);
  view.setUint8(9, minor);
}
