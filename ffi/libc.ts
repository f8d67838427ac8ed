import { once, openLibrary, type Packages } from "./library.ts";

/** Packages of the C library. */
export const LIBC_PACKAGES: Packages = { debian: "libc6", fedora: "glibc", arch: "glibc" };

/** Opens the C library at the first call. */
export const openLibc = once(() =>
  openLibrary("libc.so.6", {
    clock_nanosleep: {
      parameters: ["i32", "i32", "buffer", "pointer"],
      result: "i32",
      nonblocking: true,
    },
    close: { parameters: ["i32"], result: "i32" },
    open: { parameters: ["buffer", "i32"], result: "i32" },
    read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
    fcntl: { parameters: ["i32", "i32"], result: "i32" },
    getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
    getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
    getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
    setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
    shutdown: { parameters: ["i32", "i32"], result: "i32" },
    statvfs: { parameters: ["buffer", "buffer"], result: "i32" },
    strerror: { parameters: ["i32"], result: "pointer" },
  }, LIBC_PACKAGES)
);

/** Deadlines that threads are about to read. Keeps them from being garbage-collected. */
const pendingDeadlines = new Set<BigInt64Array>();

const CLOCK_MONOTONIC = 1;
const TIMER_ABSTIME = 1;

/**
 * Waits until a deadline on another thread. It is about 0.2 ms late, while a timer of the event loop is 1.2 ms late. It
 * cannot be aborted, so use it for short waits only.
 *
 * @param deadlineMs Monotonic clock in milliseconds, see `monotonicMs()`.
 */
export async function sleepUntil(deadlineMs: number): Promise<void> {
  const seconds = Math.floor(deadlineMs / 1000);
  const nanoseconds = Math.floor((deadlineMs - seconds * 1000) * 1e6);
  const timespec = new BigInt64Array([BigInt(seconds), BigInt(nanoseconds)]);
  pendingDeadlines.add(timespec);
  try {
    // A signal rarely ends the wait early, and callers check the clock again.
    await openLibc().symbols.clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, timespec, null);
  } finally {
    pendingDeadlines.delete(timespec);
  }
}

/** Closes a file descriptor. */
export function closeDescriptor(descriptor: number): void {
  openLibc().symbols.close(descriptor);
}

/** Returns the system's description of an errno. */
export function describeSystemError(errno: number): string {
  const text = openLibc().symbols.strerror(errno);
  return text === null ? `error ${errno}` : Deno.UnsafePointerView.getCString(text);
}

/** `struct statvfs` of 64-bit Linux, in words of 8 bytes. */
const STATVFS = { fragmentSize: 1, blocksAvailable: 4, words: 14 } as const;

/** Returns the free bytes for unprivileged processes in the file system of `path`; undefined if unknown. */
export function freeBytes(path: string): number | undefined {
  const result = new BigUint64Array(STATVFS.words);
  const name = new TextEncoder().encode(`${path}\0`);
  if (openLibc().symbols.statvfs(name, result) !== 0) return undefined;
  return Number((result[STATVFS.fragmentSize] ?? 0n) * (result[STATVFS.blocksAvailable] ?? 0n));
}
