import { requireUint, U8_MAX } from "./_fields.ts";
import { readMessageHead } from "./_message_head.ts";
import { type ByteRange, keepReserved, restoreReserved } from "./_reserved.ts";
import { ContractError } from "./errors.ts";
import { readLabel, writeLabel } from "./label.ts";
import { checkVersion1, type WireVersion } from "./version.ts";

/** Size of a module status message in bytes. */
export const STATUS_SIZE = 32;

/** First byte of a module status message. */
export const STATUS_MAGIC = 0x5a;

/** State of a producer. */
export type ModuleStatus = "online" | "offline" | "stream_reset";

/** A module status message: older producers send it on the socket of the sync messages when their state changes. */
export interface StatusMessage {
  /** The state that the producer has entered. */
  readonly status: ModuleStatus;
  /** The producer's name: up to 24 ASCII characters. */
  readonly label: string;
  /** Present if the version on the wire is not `1.0`. */
  readonly wireVersion?: WireVersion;
  /** The message with all named fields set to 0; present only if a reserved byte is not 0. */
  readonly reserved?: Uint8Array;
}

const CODES: Readonly<Record<ModuleStatus, number>> = {
  online: 0xa1,
  offline: 0xa0,
  stream_reset: 0xb0,
};

const STATUSES: ReadonlyMap<number, ModuleStatus> = new Map([
  [CODES.online, "online"],
  [CODES.offline, "offline"],
  [CODES.stream_reset, "stream_reset"],
]);

const SHAPE = { kind: "status", size: STATUS_SIZE, magic: STATUS_MAGIC } as const;
const RESERVED: readonly ByteRange[] = [[1, 2]];

/**
 * Decodes a module status message. Encoding the result reproduces the bytes.
 *
 * @throws {ContractError} With the code of the violated rule.
 */
export function decodeStatusMessage(bytes: Uint8Array): StatusMessage {
  const { view, wireVersion } = readMessageHead(bytes, SHAPE);
  const code = view.getInt32(4, true);
  const status = STATUSES.get(code);
  if (status === undefined) {
    throw new ContractError(
      "status_value",
      `Unknown module status: got ${code}, allowed are 161 (online), 160 (offline), 176 (stream reset)`,
    );
  }
  const reserved = keepReserved(bytes, STATUS_SIZE, RESERVED);
  return {
    status,
    label: readLabel(bytes),
    ...(wireVersion && { wireVersion }),
    ...(reserved && { reserved }),
  };
}

/**
 * Encodes a module status message of 32 bytes.
 *
 * @throws {ContractError} `field_range`, or one of the label's codes.
 */
export function encodeStatusMessage(message: StatusMessage): Uint8Array<ArrayBuffer> {
  const { major, minor } = message.wireVersion ?? { major: 1, minor: 0 };
  checkVersion1("status message", "status_version", major, minor);
  requireUint("the minor version", minor, U8_MAX);
  const bytes = new Uint8Array(STATUS_SIZE);
  restoreReserved(bytes, message.reserved, RESERVED);
  writeLabel(bytes, message.label);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, STATUS_MAGIC);
  view.setUint8(2, major);
  view.setUint8(3, minor);
  view.setInt32(4, CODES[message.status], true);
  return bytes;
}
