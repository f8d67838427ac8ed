import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { PacketArena } from "./packet_arena.ts";
import { RtpError } from "./rtp_error.ts";
import { RTP_HEADER_BYTES } from "./rtp_packet.ts";

/** One element of the header extension of every packet (RFC 8285), the same in all packets of an access unit. */
export interface HeaderExtension {
  /** Local identifier: 1 to 14. */
  readonly id: number;
  /** Names what it is, in the session description (`a=extmap`). */
  readonly uri: string;
  /** Bytes of the element: 1 to 16. */
  readonly size: number;
  /** Writes the element of an access unit. */
  write(unit: AccessUnit, element: Uint8Array): void;
}

/** Of the profile and the length, and of the element's identifier. */
const [PREFIX_BYTES, ELEMENT_HEADER_BYTES] = [4, 1] as const;
const [MAX_ID, MAX_SIZE] = [14, 16] as const;
/** The profile of one-byte headers (RFC 8285, 4.2). */
const PROFILE = 0xbede;
/** X in the first byte of an RTP header. */
const EXTENSION_BIT = 0x10;

/**
 * Bytes that each packet needs for it.
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
 * The extension of an access unit's packets.
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

/** Writes an extension into the room that a packetizer has left in each packet. */
export function writeExtension(block: Uint8Array<ArrayBuffer>, arena: PacketArena): void {
  for (let i = 0; i < arena.count; i++) {
    const start = arena.offsets[i]!;
    arena.bytes[start]! |= EXTENSION_BIT;
    arena.bytes.set(block, start + RTP_HEADER_BYTES);
  }
}
