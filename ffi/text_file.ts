import { cString } from "./library.ts";
import { closeDescriptor, describeSystemError } from "./libc.ts";
import { openShim } from "./shim.ts";

/** Buffers that threads are about to read. Keeps them from being garbage-collected. */
const pending = new Set<readonly Uint8Array[]>();

/**
 * Checks whether text could be written to a file (`native/text_file.h`).
 *
 * @returns The system's reason why not, or undefined if it could.
 */
export function textFileProblem(path: string): string | undefined {
  return problem(openShim().cvm_text_file_check(cString(path)));
}

/**
 * Writes a text file on another thread. A regular file is replaced atomically, any other file is written to. A FIFO
 * blocks until a reader opens it.
 *
 * @returns The reason why it failed, or undefined on success.
 */
export async function writeTextFile(path: string, text: string): Promise<string | undefined> {
  const [name, bytes] = [cString(path), new TextEncoder().encode(text)];
  const held = [name, bytes];
  pending.add(held);
  try {
    return problem(await openShim().cvm_text_file_write(name, bytes, BigInt(bytes.length)));
  } finally {
    pending.delete(held);
  }
}

/** Unblocks a write to a FIFO without a reader. What it writes is discarded with the returned resource. */
export function releaseTextFile(path: string): Disposable {
  const descriptor = openShim().cvm_text_file_release(cString(path));
  return {
    [Symbol.dispose]: () => {
      if (descriptor >= 0) closeDescriptor(descriptor);
    },
  };
}

function problem(result: number): string | undefined {
  return result === 0 ? undefined : describeSystemError(-result);
}
