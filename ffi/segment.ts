import { cString } from "./library.ts";
import { openShim } from "./shim.ts";

/** errno values that callers distinguish. */
export const Errno = { ENOENT: 2, EACCES: 13 } as const;

/** The state of an open segment and its name. */
export interface SegmentState {
  /** Current size in bytes; a producer may change it at any time. */
  readonly size: number;
  /** Whether the name still refers to the open segment. A restarted producer creates a new one. */
  readonly current: boolean;
}

/** An open POSIX shared memory segment. */
export class SharedMemory implements Disposable {
  readonly #name: Uint8Array<ArrayBuffer>;
  readonly #fd: number;
  readonly #state = new BigUint64Array(3);

  private constructor(name: Uint8Array<ArrayBuffer>, fd: number) {
    this.#name = name;
    this.#fd = fd;
  }

  /** Opens an existing segment for reading. Returns a negative errno on failure. */
  static open(name: string): SharedMemory | number {
    const path = cString(name);
    const fd = openShim().cvm_segment_open(path);
    return fd < 0 ? fd : new SharedMemory(path, fd);
  }

  /** Creates a segment of `size` bytes, replacing an existing one. Returns a negative errno on failure. */
  static create(name: string, size: number): SharedMemory | number {
    const path = cString(name);
    const fd = openShim().cvm_segment_create(path, BigInt(size));
    return fd < 0 ? fd : new SharedMemory(path, fd);
  }

  /** Returns the current state of the segment and its name. */
  state(): SegmentState {
    const error = openShim().cvm_segment_stat(this.#fd, this.#name, this.#state);
    if (error < 0) return { size: 0, current: false };
    const [size = 0n, inode = 0n, named = 0n] = this.#state;
    return { size: Number(size), current: inode === named };
  }

  /** Changes the size in bytes. Returns 0, or a negative errno. */
  resize(size: number): number {
    return openShim().cvm_segment_resize(this.#fd, BigInt(size));
  }

  /** Maps the first `size` bytes, for reading only or for writing too. Returns undefined on failure. */
  map(size: number, access: "read" | "write"): Mapping | undefined {
    const base = openShim().cvm_segment_map(this.#fd, BigInt(size), access === "write" ? 1 : 0);
    return base === null ? undefined : new Mapping(base, size);
  }

  /** Removes the name; mappings remain valid. */
  unlink(): void {
    openShim().cvm_segment_unlink(this.#name);
  }

  /** Closes the descriptor; mappings remain valid. */
  [Symbol.dispose](): void {
    openShim().cvm_segment_close(this.#fd);
  }
}

/** A mapping of a segment. */
export class Mapping implements Disposable {
  /** Address of the first byte. Must not be used after disposal. */
  readonly base: Deno.PointerObject;
  /** Length in bytes. */
  readonly size: number;

  /** Use {@linkcode SharedMemory.map}. */
  constructor(base: Deno.PointerObject, size: number) {
    this.base = base;
    this.size = size;
  }

  /** Returns the mapping as an array. Only safe if the segment cannot shrink. */
  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(this.base, this.size));
  }

  /** Unmaps the memory. Arrays returned by {@linkcode bytes} must not be used afterwards. */
  [Symbol.dispose](): void {
    openShim().cvm_segment_unmap(this.base, BigInt(this.size));
  }
}
