import { cString, once, openLibrary } from "./library.ts";
import { LIBC_PACKAGES } from "./libc.ts";

const openLibc = once(() =>
  openLibrary("libc.so.6", {
    memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
    write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  }, LIBC_PACKAGES).symbols
);

const MFD_CLOEXEC = 1;
/** Allows the memory to be executed, where that is not the default. Linux before 6.3 rejects it. */
const MFD_EXEC = 0x10;

/** A file in memory. It disappears with its last user, even if that crashes. */
export class MemoryFile implements Disposable {
  #fd: number;

  /**
   * Creates the file.
   *
   * @param name Its name in `/proc/PID/maps`.
   * @param bytes Its content.
   * @throws {Error} If the system cannot create or fill it.
   */
  constructor(name: string, bytes: Uint8Array<ArrayBuffer>) {
    const { memfd_create, write } = openLibc();
    this.#fd = memfd_create(cString(name), MFD_CLOEXEC | MFD_EXEC);
    if (this.#fd < 0) this.#fd = memfd_create(cString(name), MFD_CLOEXEC);
    if (this.#fd < 0) throw new Error("cannot create an in-memory file: memfd_create failed");
    for (let written = 0; written < bytes.length;) {
      const count = Number(
        write(this.#fd, bytes.subarray(written), BigInt(bytes.length - written)),
      );
      if (count <= 0) {
        this[Symbol.dispose]();
        throw new Error("cannot write to an in-memory file");
      }
      written += count;
    }
  }

  /** Path at which only this process can open it until it is disposed. */
  get path(): string {
    return `/proc/self/fd/${this.#fd}`;
  }

  /** Closes the file. Anything that has opened or mapped it can keep using it. */
  [Symbol.dispose](): void {
    if (this.#fd < 0) return;
    openLibc().close(this.#fd);
    this.#fd = -1;
  }
}
