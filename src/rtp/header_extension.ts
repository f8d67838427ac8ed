import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { PacketArena } from "./packet_arena.ts";
import { RtpError } from "./rtp_error.ts";
import { RTP_HEADER_BYTES, type RtpPacket } from "./rtp_packet.ts";

/** A header extension element (RFC 8285). All packets of an access unit carry the same element. */
export interface HeaderExtension {
  /** Local identifier: 1 to 14. */
  readonly id: number;
  /** Identifies the kind of extension in the session description (`a=extmap`). */
  readonly uri: string;
  /** Size of the element in bytes: 1 to 16. */
  readonly size: number;
  /** Writes the element of an access unit. */
  write(unit: AccessUnit, element: Uint8Array): void;
}

/** The profile and the length. */
const PREFIX_BYTES = 4;
/** The element's identifier and length. */
const ELEMENT_HEADER_BYTES = 1;
const MAX_ID = 14;
const MAX_SIZE = 16;
/** The profile for one-byte element headers (RFC 8285, 4.2). */
const PROFILE = 0xbede;
/** The X bit in the first byte of an RTP header. */
const EXTENSION_BIT = 0x10;

/**
 * Returns the number of bytes that the extension takes in each packet.
 *
 * @throws {RtpError} If the identifier or the size is out of range.
 */
export function extensionBytes({ id, size }: HeaderExtension): number {
  if (!(Number.isInteger(id) && id >= 1 && id <= MAX_ID)) {
    throw new RtpError(`Header extension id ${id} is not allowed: it must be 1 to ${MAX_ID}`);
  }
  if (!(Number.isInteger(size) && size >= 1 && size <= MAX_SIZE)) {
    throw new RtpError(`Header extension size ${size} is not allowed: it must be 1 to ${MAX_SIZE}`);
  }
  return PREFIX_BYTES + 4 * Math.ceil((ELEMENT_HEADER_BYTES + size) / 4);
}

/**
 * Builds the extension for the packets of an access unit.
 *
 * ```text
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |       0xBE    |    0xDE       |       length in words         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  ID   | L - 1 |     element of L bytes, then zeros          ...
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * RFC 8285, 4.2.
 */
export function extensionOf(
  extension: HeaderExtension,
  unit: AccessUnit,
): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(extensionBytes(extension));
  const { id, size } = extension;
  new DataView(block.buffer).setUint32(0, PROFILE * 2 ** 16 + (block.length - PREFIX_BYTES) / 4);
  block[PREFIX_BYTES] = id << 4 | (size - 1);
  const elementStart = PREFIX_BYTES + ELEMENT_HEADER_BYTES;
  extension.write(unit, block.subarray(elementStart, elementStart + size));
  return block;
}

/**
 * Returns an element of a packet's header extension.
 *
 * @returns Undefined if the packet has no such element, or not in this form.
 */
export function elementOf({ extension }: RtpPacket, id: number): Uint8Array | undefined {
  if (extension?.profile !== PROFILE) return undefined;
  const { data } = extension;
  for (let at = 0; at < data.length;) {
    const header = data[at++]!;
    // Padding has neither identifier nor length.
    if (header === 0) continue;
    const end = at + (header & 0x0f) + 1;
    if (header >> 4 === id) return end <= data.length ? data.subarray(at, end) : undefined;
    at = end;
  }
  return undefined;
}

/** Writes an extension into the space that the packetizer has reserved in each packet. */
export function writeExtension(block: Uint8Array<ArrayBuffer>, arena: PacketArena): void {
  for (let i = 0; i < arena.count; i++) {
    const start = arena.offsets[i]!;
    arena.bytes[start]! |= EXTENSION_BIT;
    arena.bytes.set(block, start + RTP_HEADER_BYTES);
  }
}
