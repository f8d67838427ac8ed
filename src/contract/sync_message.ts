import { requireUint, requireUint64, U32_MAX, U8_MAX } from "./_fields.ts";
import { readMessageHead } from "./_message_head.ts";
import { type ByteRange, keepReserved, restoreReserved } from "./_reserved.ts";
import { readLabel, writeLabel } from "./label.ts";
import { checkVersion1, type WireVersion } from "./version.ts";

/** Size of a sync message in bytes. */
export const SYNC_SIZE = 48;

/** First byte of a sync message. */
export const SYNC_MAGIC = 0x7d;

/** A sync message, which a producer sends after each frame. */
export interface SyncMessage {
  /** Number of the frame, as in its metadata: u32. */
  readonly frameCount: number;
  /** Capture time in nanoseconds: u64. */
  readonly timestampNs: bigint;
  /** The producer's name: up to 24 ASCII characters. */
  readonly label: string;
  /** Present if the version on the wire is not `1.0`. */
  readonly wireVersion?: WireVersion;
  /** The message with all named fields set to 0; present only if a reserved byte is not 0. */
  readonly reserved?: Uint8Array;
}

const SHAPE = { kind: "sync", size: SYNC_SIZE, magic: SYNC_MAGIC } as const;
const RESERVED: readonly ByteRange[] = [[1, 2], [8, 16]];

/**
 * Decodes a sync message. Encoding the result reproduces the bytes.
 *
 * @throws {ContractError} With the code of the violated rule.
 */
export function decodeSyncMessage(bytes: Uint8Array): SyncMessage {
  const { view, wireVersion } = readMessageHead(bytes, SHAPE);
  const reserved = keepReserved(bytes, SYNC_SIZE, RESERVED);
  return {
    frameCount: view.getUint32(4, true),
    timestampNs: view.getBigUint64(16, true),
    label: readLabel(bytes),
    ...(wireVersion && { wireVersion }),
    ...(reserved && { reserved }),
  };
}

/**
 * Encodes a sync message of 48 bytes.
 *
 * @throws {ContractError} `field_range`, or one of the label's codes.
 *
 * @example
 * ```ts
 * import { decodeSyncMessage, encodeSyncMessage } from "./sync_message.ts";
 * import assert from "node:assert/strict";
 *
 * const bytes = encodeSyncMessage({ frameCount: 1, timestampNs: 2n, label: "camera0" });
 * assert.equal(bytes.length, 48);
 * assert.equal(decodeSyncMessage(bytes).label, "camera0");
 * ```
 */
export function encodeSyncMessage(message: SyncMessage): Uint8Array<ArrayBuffer> {
  const { major, minor } = message.wireVersion ?? { major: 1, minor: 0 };
  checkVersion1("sync message", "sync_version", major, minor);
  requireUint("the minor version", minor, U8_MAX);
  requireUint("frame_count", message.frameCount, U32_MAX);
  requireUint64("timestamp_ns", message.timestampNs);
  const bytes = new Uint8Array(SYNC_SIZE);
  restoreReserved(bytes, message.reserved, RESERVED);
  writeLabel(bytes, message.label);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, SYNC_MAGIC);
  view.setUint8(2, major);
  view.setUint8(3, minor);
  view.setUint32(4, message.frameCount, true);
  view.setBigUint64(16, message.timestampNs, true);
  return bytes;
}
