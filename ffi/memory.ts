/** Memory that C code may write to for the lifetime of this object. */
export class NativeMemory {
  /** The bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Address of the first byte. */
  readonly address: Deno.PointerObject;

  /** @param size In bytes, at least 1. */
  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    const address = Deno.UnsafePointer.of(this.bytes);
    if (address === null) throw new RangeError(`Cannot point to memory of ${size} bytes`);
    this.address = address;
  }
}
