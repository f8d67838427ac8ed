import { ContractError } from "./errors.ts";

/** Bytes from `start` (inclusive) to `end` (exclusive). */
export type ByteRange = readonly [start: number, end: number];

/**
 * Copies the reserved bytes of a region, or returns `undefined` if all of them are 0, as is almost always the case. The
 * copy has the length of the region and is 0 outside the ranges.
 */
export function keepReserved(
  region: Uint8Array,
  size: number,
  ranges: readonly ByteRange[],
): Uint8Array | undefined {
  for (const [start, end] of ranges) {
    for (let at = start; at < end; at++) {
      if (region[at] !== 0) return copyRanges(region, new Uint8Array(size), ranges);
    }
  }
  return undefined;
}

/**
 * Clears `into`, then restores the bytes that {@linkcode keepReserved} copied.
 *
 * @throws {ContractError} `reserved_length` if the lengths differ.
 */
export function restoreReserved(
  into: Uint8Array,
  reserved: Uint8Array | undefined,
  ranges: readonly ByteRange[],
): void {
  into.fill(0);
  if (reserved === undefined) return;
  if (reserved.length !== into.length) {
    throw new ContractError(
      "reserved_length",
      `Cannot encode reserved bytes: got ${reserved.length} bytes, expected ${into.length}, one for each byte of the region`,
    );
  }
  copyRanges(reserved, into, ranges);
}

function copyRanges(
  from: Uint8Array,
  into: Uint8Array,
  ranges: readonly ByteRange[],
): Uint8Array {
  for (const [start, end] of ranges) into.set(from.subarray(start, end), start);
  return into;
}
