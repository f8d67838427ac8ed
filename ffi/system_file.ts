import { openLibc } from "./libc.ts";
import { cString } from "./library.ts";

/** Status of a file. */
export interface FileStatus {
  readonly inode: bigint;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** User ID of the owner. */
  readonly uid: number;
}

const AT_FDCWD = -100;
/** O_RDONLY, O_CLOEXEC, and O_NONBLOCK, so that a FIFO does not block. */
const OPEN_FLAGS = 0o2004000;
const STATX_BASIC_STATS = 0x7ff;
/** `struct statx`: offsets in bytes, the same on all architectures. */
const STATX = { uid: 20, mode: 28, inode: 32, size: 40, bytes: 256 } as const;

/**
 * Returns the status of a file. Deno itself requires `--allow-all` for files in /dev and /proc.
 *
 * @returns Undefined if the file does not exist or may not be accessed.
 */
export function fileStatus(path: string): FileStatus | undefined {
  const status = new DataView(new ArrayBuffer(STATX.bytes));
  const { statx } = openLibc().symbols;
  const result = statx(
    AT_FDCWD,
    cString(path),
    0,
    STATX_BASIC_STATS,
    new Uint8Array(status.buffer),
  );
  if (result !== 0) return undefined;
  return {
    inode: status.getBigUint64(STATX.inode, true),
    size: Number(status.getBigUint64(STATX.size, true)),
    mode: status.getUint16(STATX.mode, true) & 0o7777,
    uid: status.getUint32(STATX.uid, true),
  };
}

/**
 * Reads the start of a file, also in /dev and /proc.
 *
 * @returns At most `maxBytes` bytes; undefined if it may not be read.
 */
export function readStart(path: string, maxBytes: number): Uint8Array<ArrayBuffer> | undefined {
  const { open, read, close } = openLibc().symbols;
  const descriptor = open(cString(path), OPEN_FLAGS);
  if (descriptor < 0) return undefined;
  try {
    const bytes = new Uint8Array(maxBytes);
    let filled = 0;
    // Files in /proc come in pieces.
    while (filled < maxBytes) {
      const rest = bytes.subarray(filled);
      const count = Number(read(descriptor, rest, BigInt(rest.length)));
      if (count < 0) return undefined;
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } finally {
    close(descriptor);
  }
}
