import { cString } from "./library.ts";
import { openShim } from "./shim.ts";

/** Errno values that callers tell apart. */
export const Errno = { ENOENT: 2, EACCES: 13 } as const;

/** What an open segment and its name stand for at one moment. */
export interface SegmentState {
  /** Bytes that the open segment has now; a producer may change it at any time. */
  readonly size: number;
  /** Whether the name still leads to the open segment: a restarted producer makes a new one. */
  readonly current: boolean;
}

/** A POSIX shared memory segment by its file descriptor. Every failure is a negative errno. */
export class SharedMemory implements Disposable {
  readonly #name: Uint8Array<ArrayBuffer>;
  readonly #fd: number;
  readonly #state = new BigUint64Array(3);

  private constructor(name: Uint8Array<ArrayBuffer>, fd: number) {
    this.#name = name;
    this.#fd = fd;
  }

  /** Opens an existing segment for reading. A negative errno when that fails. */
  static open(name: string): SharedMemory | number {
    const path = cString(name);
    const fd = openShim().cvm_segment_open(path);
    return fd < 0 ? fd : new SharedMemory(path, fd);
  }

  /** Makes a new segment of `size` bytes under this name. A negative errno when that fails. */
  static create(name: string, size: number): SharedMemory | number {
    const path = cString(name);
    const fd = openShim().cvm_segment_create(path, BigInt(size));
    return fd < 0 ? fd : new SharedMemory(path, fd);
  }

  /** What the segment and its name are now. */
  state(): SegmentState {
    const error = openShim().cvm_segment_stat(this.#fd, this.#name, this.#state);
    if (error < 0) return { size: 0, current: false };
    const [size = 0n, inode = 0n, named = 0n] = this.#state;
    return { size: Number(size), current: inode === named };
  }

  /** Changes the size; 0, or a negative errno. */
  resize(size: number): number {
    return openShim().cvm_segment_resize(this.#fd, BigInt(size));
  }

  /** Maps the first `size` bytes, for writing too when `writable`. Undefined when the system refuses. */
  map(size: number, access: "read" | "write"): Mapping | undefined {
    const base = openShim().cvm_segment_map(this.#fd, BigInt(size), access === "write" ? 1 : 0);
    return base === null ? undefined : new Mapping(base, size);
  }

  /** Takes the name away; mappings stay. */
  unlink(): void {
    openShim().cvm_segment_unlink(this.#name);
  }

  /** Closes the descriptor; mappings stay. */
  [Symbol.dispose](): void {
    openShim().cvm_segment_close(this.#fd);
  }
}

/** Mapped bytes of a segment. */
export class Mapping implements Disposable {
  /** First mapped byte. Not to be used after disposal. */
  readonly base: Deno.PointerObject;
  /** Length in bytes. */
  readonly size: number;

  /** For {@linkcode SharedMemory.map}. */
  constructor(base: Deno.PointerObject, size: number) {
    this.base = base;
    this.size = size;
  }

  /** The mapping as an array. Only for an owner that knows that the segment does not shrink. */
  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(this.base, this.size));
  }

  /** Unmaps. Every array that {@linkcode bytes} gave is dangling from here on. */
  [Symbol.dispose](): void {
    openShim().cvm_segment_unmap(this.base, BigInt(this.size));
  }
}
