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
/** Asks for memory that may be executed, where that is not the default; unknown before Linux 6.3. */
const MFD_EXEC = 0x10;

/** A file that is nowhere but in memory: it is gone when its last user is, however that ended. */
export class MemoryFile implements Disposable {
  #fd: number;

  /**
   * Makes it.
   *
   * @param name What `/proc/PID/maps` calls it.
   * @param bytes All that is in it.
   * @throws {Error} When the system refuses it.
   */
  constructor(name: string, bytes: Uint8Array<ArrayBuffer>) {
    const { memfd_create, write } = openLibc();
    this.#fd = memfd_create(cString(name), MFD_CLOEXEC | MFD_EXEC);
    if (this.#fd < 0) this.#fd = memfd_create(cString(name), MFD_CLOEXEC);
    if (this.#fd < 0) throw new Error("the system gives no file in memory (memfd_create)");
    for (let written = 0; written < bytes.length;) {
      const count = Number(
        write(this.#fd, bytes.subarray(written), BigInt(bytes.length - written)),
      );
      if (count <= 0) {
        this[Symbol.dispose]();
        throw new Error("the system takes no more into a file in memory");
      }
      written += count;
    }
  }

  /** Where this process, and no other, can open it until it is disposed of. */
  get path(): string {
    return `/proc/self/fd/${this.#fd}`;
  }

  /** Closes it. Who has opened or mapped it meanwhile keeps it. */
  [Symbol.dispose](): void {
    if (this.#fd < 0) return;
    openLibc().close(this.#fd);
    this.#fd = -1;
  }
}
