import { Errno, SharedMemory } from "../../ffi/segment.ts";
import { METADATA_SIZE } from "../contract/mod.ts";

/** Returns why a segment cannot be read, as a clause for a log line, or undefined if it can. */
export function segmentProblem(name: string): string | undefined {
  const memory = SharedMemory.open(name);
  if (typeof memory === "number") return openFailure(name, -memory);
  using open = memory;
  const { size } = open.state();
  if (size >= METADATA_SIZE) return undefined;
  return `shared memory "${name}" has ${size} bytes, fewer than the ${METADATA_SIZE} of its metadata`;
}

function openFailure(name: string, errno: number): string {
  if (errno === Errno.ENOENT) return `there is no shared memory "${name}"`;
  if (errno === Errno.EACCES) return `shared memory "${name}" may not be read: permission denied`;
  return `shared memory "${name}" cannot be opened (error ${errno})`;
}
