import { fileStatus, readStart } from "../../ffi/system_file.ts";
import { ContractError, decodeMetadata, METADATA_SIZE } from "../contract/mod.ts";
import type { Findings } from "./finding.ts";

/** State of a segment. */
export interface SegmentState {
  readonly inode: bigint;
  /** Undefined if the metadata are invalid. */
  readonly frameCount: number | undefined;
}

/**
 * Checks a producer's segment, and adds the findings.
 *
 * @returns `missing`, without a finding, if it does not exist; `unreadable` if it may not be read.
 */
export function inspectSegment(
  shmName: string,
  findings: Findings,
): SegmentState | "missing" | "unreadable" {
  const path = `/dev/shm/${shmName}`;
  const status = fileStatus(path);
  if (status === undefined) return "missing";
  const { inode, size, mode, uid } = status;
  const bytes = readStart(path, METADATA_SIZE);
  if (bytes === undefined) {
    findings.problem(
      `${path} may not be read: its mode is ${
        mode.toString(8).padStart(4, "0")
      }, its owner is user ` +
        `${uid}, and this is user ${userId()}`,
      "Run as the producer's user, or let the producer create it readable for others",
    );
    return "unreadable";
  }
  if (bytes.length < METADATA_SIZE) {
    findings.problem(
      `${path} has ${size} bytes: expected ${METADATA_SIZE} of metadata and a picture`,
      "Is this a cv-mmap segment? Check --shm-name or --target, and restart the producer",
    );
    return { inode, frameCount: undefined };
  }
  try {
    const metadata = decodeMetadata(bytes, size);
    const version = metadata.version === "v1" ? "1" : "2";
    findings.ok(`${path} has ${size} bytes, ABI ${version}, frame ${metadata.frameCount}`);
    return { inode, frameCount: metadata.frameCount };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    findings.problem(
      `The metadata of ${path} are not valid: ${error.message} (${error.code})`,
      error.code === "metadata_version"
        ? "The producer speaks another ABI: use one of version 1 or 2"
        : "Is this a cv-mmap segment? Restart the producer if it is",
    );
    return { inode, frameCount: undefined };
  }
}

/** Returns the user ID of this process. Deno.uid() would need --allow-sys. */
function userId(): string {
  const status = new TextDecoder().decode(readStart("/proc/self/status", 4096));
  return /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1] ?? "unknown";
}
