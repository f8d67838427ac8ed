import { BitstreamError } from "./bitstream_error.ts";
import type { Codec } from "./codec.ts";
import { nalKind } from "./nal_kind.ts";
import type { NalIndex } from "./nal_units.ts";

/** Size of the length before each NAL unit in bytes: `lengthSizeMinusOne` is 3. */
export const NAL_LENGTH_BYTES = 4;

/**
 * Returns the size of an access unit in length-prefixed form (ISO/IEC 14496-15, 5.3.4.2 and 8.3.2). Parameter sets and
 * access unit delimiters are omitted; everything else, including SEI, is kept.
 */
export function lengthPrefixedBytes(codec: Codec, units: NalIndex): number {
  let bytes = 0;
  for (let i = 0; i < units.count; i++) {
    if (isKept(codec, units, i)) bytes += NAL_LENGTH_BYTES + units.end(i) - units.start(i);
  }
  return bytes;
}

/**
 * Writes an access unit in length-prefixed form. The bytes are copied once.
 *
 * @param target Destination; {@linkcode lengthPrefixedBytes} returns the required size.
 * @param offset Offset in `target` of the first byte to write.
 * @returns Offset in `target` of the end of the access unit.
 * @throws {RangeError} If `target` is too small.
 */
export function writeLengthPrefixed(
  codec: Codec,
  units: NalIndex,
  target: Uint8Array,
  offset: number,
): number {
  for (let i = 0; i < units.count; i++) {
    if (!isKept(codec, units, i)) continue;
    const length = units.end(i) - units.start(i);
    target[offset] = length >>> 24;
    target[offset + 1] = length >>> 16;
    target[offset + 2] = length >>> 8;
    target[offset + 3] = length;
    offset += NAL_LENGTH_BYTES;
    target.set(units.view(i), offset);
    offset += length;
  }
  return offset;
}

/**
 * Splits an access unit in length-prefixed form into NAL units.
 *
 * @param data NAL units with length prefixes of 4 bytes.
 * @returns Views of `data`.
 * @throws {BitstreamError} If a NAL unit is empty, or the lengths do not fill `data` exactly.
 */
export function parseLengthPrefixed(data: Uint8Array): Uint8Array[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const nalUnits: Uint8Array[] = [];
  let offset = 0;
  while (offset < data.length) {
    const left = data.length - offset - NAL_LENGTH_BYTES;
    if (left < 0) {
      throw new BitstreamError(
        `${data.length - offset} bytes are left after the last NAL unit; ` +
          `a length takes ${NAL_LENGTH_BYTES}`,
      );
    }
    const length = view.getUint32(offset);
    if (length === 0 || length > left) {
      throw new BitstreamError(
        `A NAL unit of ${length} bytes is announced at ${offset}; 1 to ${left} are allowed`,
      );
    }
    offset += NAL_LENGTH_BYTES;
    nalUnits.push(data.subarray(offset, offset + length));
    offset += length;
  }
  return nalUnits;
}

/** Returns whether a NAL unit is sent with the pictures rather than in the configuration record. */
export function isInBand(codec: Codec, header: number): boolean {
  switch (nalKind(codec, header)) {
    case "vps":
    case "sps":
    case "pps":
    case "delimiter":
      return false;
    default:
      return true;
  }
}

function isKept(codec: Codec, units: NalIndex, index: number): boolean {
  const headerBytes = codec === "h264" ? 1 : 2;
  return units.end(index) - units.start(index) >= headerBytes &&
    isInBand(codec, units.header(index));
}
