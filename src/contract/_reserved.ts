import { ContractError } from "./errors.ts";

/** Bytes from `start` up to, not including, `end`. */
export type ByteRange = readonly [start: number, end: number];

/**
 * Copies the reserved bytes of a region, or gives `undefined` where all of them are 0, as they
 * nearly always are. The copy is as long as the region and 0 outside of the ranges.
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

/** Clears `into`, then writes back the bytes that {@linkcode keepReserved} kept. */
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
      `Cannot encode reserved bytes: got ${reserved.length} bytes, allowed are ${into.length}, one for each byte of the region`,
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
