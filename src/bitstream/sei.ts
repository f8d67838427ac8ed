import { BitstreamError } from "./bitstream_error.ts";
import type { Codec } from "./codec.ts";
import { NalUnitTypeH264, nalUnitTypeH264 } from "./nal_unit_h264.ts";
import { NalUnitTypeH265, nalUnitTypeH265 } from "./nal_unit_h265.ts";
import { addEmulationPrevention, removeEmulationPrevention } from "./rbsp.ts";

/** Payload type of `user_data_unregistered` (ITU-T H.274, 8.5; H.264, D.1.7). */
const USER_DATA_UNREGISTERED = 5;
/** The NAL unit header of SEI. */
const HEADERS: Readonly<Record<Codec, readonly number[]>> = {
  h264: [NalUnitTypeH264.Sei],
  // Temporal id plus 1 is 1.
  h265: [NalUnitTypeH265.PrefixSei << 1, 1],
};
/** A stop bit, then zero bits (ITU-T H.264 and H.265, 7.3.2.11). */
const TRAILING_BITS = 0x80;
/** Larger SEI is not read: nothing that is looked for is that long, but a hostile stream may be. */
const MAX_SEI_BYTES = 64 * 1024;

/** Size of a UUID in bytes. */
export const UUID_BYTES = 16;

/** An SEI message `user_data_unregistered`: data of which a UUID says what they are. */
export interface UserData {
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  /** The data after the UUID. */
  readonly data: Uint8Array;
}

/**
 * Writes an SEI NAL unit with messages `user_data_unregistered`, without start code.
 *
 * ```text
 * | NAL unit header | 5 | size | UUID (16 bytes) | data | 5 | size | UUID | data | ... | 0x80 |
 * ```
 *
 * ITU-T H.264 and H.265, 7.3.2.3.
 *
 * @throws {BitstreamError} If a UUID does not have 16 bytes.
 */
export function writeUserData(
  codec: Codec,
  messages: readonly UserData[],
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [...HEADERS[codec]];
  for (const { uuid, data } of messages) {
    if (uuid.length !== UUID_BYTES) {
      throw new BitstreamError(`A UUID has ${UUID_BYTES} bytes, got ${uuid.length}`);
    }
    bytes.push(USER_DATA_UNREGISTERED);
    let size = uuid.length + data.length;
    for (; size >= 255; size -= 255) bytes.push(255);
    bytes.push(size, ...uuid, ...data);
  }
  bytes.push(TRAILING_BITS);
  return addEmulationPrevention(Uint8Array.from(bytes));
}

/** Returns the messages `user_data_unregistered` before the picture of an access unit. Malformed SEI is skipped. */
export function userDataOf(codec: Codec, nalUnits: Iterable<Uint8Array>): UserData[] {
  const found: UserData[] = [];
  for (const nal of nalUnits) {
    if (isSei(codec, nal[0] ?? 0)) found.push(...userDataIn(codec, nal));
  }
  return found;
}

function isSei(codec: Codec, header: number): boolean {
  return codec === "h264"
    ? nalUnitTypeH264(header) === NalUnitTypeH264.Sei
    : nalUnitTypeH265(header) === NalUnitTypeH265.PrefixSei;
}

function userDataIn(codec: Codec, nal: Uint8Array): UserData[] {
  const bytes = removeEmulationPrevention(nal, MAX_SEI_BYTES);
  const found: UserData[] = [];
  let at = HEADERS[codec].length;
  /** Reads a number that is coded as bytes of 255 and a last byte. Past the end, it is not a number. */
  const number = (): number => {
    let value = 0;
    for (; bytes[at] === 255; at++) value += 255;
    return value + (bytes[at++] ?? NaN);
  };
  // The trailing bits take the last byte.
  while (at + 2 < bytes.length) {
    const type = number();
    const size = number();
    const end = at + size;
    if (!(end < bytes.length)) break;
    if (type === USER_DATA_UNREGISTERED && size >= UUID_BYTES) {
      found.push({
        uuid: bytes.subarray(at, at + UUID_BYTES),
        data: bytes.subarray(at + UUID_BYTES, end),
      });
    }
    at = end;
  }
  return found;
}
