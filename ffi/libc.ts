import { once, openLibrary, type Packages } from "./library.ts";

/** Where the C library comes from. */
export const LIBC_PACKAGES: Packages = { debian: "libc6", fedora: "glibc", arch: "glibc" };

/** What is used of the C library. */
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
    getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
    getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
    setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
    statvfs: { parameters: ["buffer", "buffer"], result: "i32" },
    strerror: { parameters: ["i32"], result: "pointer" },
  }, LIBC_PACKAGES)
);

/** Deadlines that threads are about to read. Nothing else would keep them from being collected by then. */
const pendingDeadlines = new Set<BigInt64Array>();

const CLOCK_MONOTONIC = 1;
const TIMER_ABSTIME = 1;

/**
 * Waits on a thread of its own, so exactly (0.2 ms late, where a timer of the event loop is 1.2 ms
 * late) and without holding up the event loop. It cannot be cut short: for short waits.
 *
 * @param deadlineMs Steady clock in milliseconds, as `monotonicMs()` gives it.
 */
export async function sleepUntil(deadlineMs: number): Promise<void> {
  const seconds = Math.floor(deadlineMs / 1000);
  const nanoseconds = Math.floor((deadlineMs - seconds * 1000) * 1e6);
  const timespec = new BigInt64Array([BigInt(seconds), BigInt(nanoseconds)]);
  pendingDeadlines.add(timespec);
  try {
    // A signal that ends the wait early is rare, and a caller on a clock looks at the clock again.
    await openLibc().symbols.clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, timespec, null);
  } finally {
    pendingDeadlines.delete(timespec);
  }
}

/** Closes a file descriptor. */
export function closeDescriptor(descriptor: number): void {
  openLibc().symbols.close(descriptor);
}

/** What an error number of the system means, in the system's words. */
export function describeSystemError(errno: number): string {
  const text = openLibc().symbols.strerror(errno);
  return text === null ? `error ${errno}` : Deno.UnsafePointerView.getCString(text);
}

/** `struct statvfs` of a 64-bit Linux, in words of 8 bytes. */
const STATVFS = { fragmentSize: 1, blocksAvailable: 4, words: 14 } as const;

/** Bytes that a process without privileges can still use in the file system of `path`; undefined where that is unknown. */
export function freeBytes(path: string): number | undefined {
  const result = new BigUint64Array(STATVFS.words);
  const name = new TextEncoder().encode(`${path}\0`);
  if (openLibc().symbols.statvfs(name, result) !== 0) return undefined;
  return Number((result[STATVFS.fragmentSize] ?? 0n) * (result[STATVFS.blocksAvailable] ?? 0n));
}
