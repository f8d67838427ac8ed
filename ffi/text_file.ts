import { cString } from "./library.ts";
import { closeDescriptor, describeSystemError } from "./libc.ts";
import { openShim } from "./shim.ts";

/** What threads are about to read. Nothing else would keep it from being collected by then. */
const pending = new Set<readonly Uint8Array[]>();

/**
 * Whether text could be written to a file (`native/text_file.h`).
 *
 * @returns Why not, in the system's words; undefined: it could.
 */
export function textFileProblem(path: string): string | undefined {
  return problem(openShim().cvm_text_file_check(cString(path)));
}

/**
 * Writes a text file on another thread. A regular one is replaced whole, anything else is written to: a FIFO when
 * somebody reads from it.
 *
 * @returns Why that could not be done; undefined: it was.
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

/**
 * Lets a write to a FIFO that nobody reads come to its end; what it writes is lost with the returned resource.
 */
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
