/** Memory of our own that C code may write to, for as long as this object lives. */
export class NativeMemory {
  /** The bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The first of them. */
  readonly address: Deno.PointerObject;

  /** @param size In bytes, at least 1. */
  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    const address = Deno.UnsafePointer.of(this.bytes);
    if (address === null) throw new RangeError(`Cannot point to memory of ${size} bytes`);
    this.address = address;
  }
}
