/**
 * Test helpers: golden bytes, patched copies, and assertions on refusals.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ContractErrorCode } from "../error_code.ts";
import { ContractError } from "./errors.ts";
import type { MetadataV1 } from "./metadata_v1.ts";
import type { MetadataV2 } from "./metadata_v2.ts";

/** Reads a golden metadata region or payload. */
export function golden(name: string): Uint8Array {
  const url = new URL(`../../tests/fixtures/cvmmap/${name}.hex`, import.meta.url);
  const digits = Deno.readTextFileSync(url).replace(/\s/g, "");
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Returns a copy of the bytes with some overwritten, by offset. */
export function patched(
  bytes: Uint8Array,
  patches: Readonly<Record<number, readonly number[]>>,
): Uint8Array {
  const copy = bytes.slice();
  for (const [offset, values] of Object.entries(patches)) copy.set(values, Number(offset));
  return copy;
}

/** Asserts that the action throws an error with this code and a one-line message. */
export function assertRefused(
  code: ContractErrorCode,
  action: () => unknown,
  { message = /./ }: { message?: RegExp } = {},
): void {
  assert.throws(action, (error) => {
    assert(error instanceof ContractError, `got another error: ${error}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, /^[A-Z][^\n\r]+$/);
    assert.match(error.message, message);
    return true;
  });
}

/** Runs an action that may only throw a ContractError; returns `undefined` if it does. */
export function refusedOr<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    assert(error instanceof ContractError, `got another error: ${error}`);
    assert.match(error.message, /^[A-Z][^\n\r]+$/);
    return undefined;
  }
}

/** 4x2 RGB in 24 bytes. */
export const V1: MetadataV1 = {
  version: "v1",
  frameCount: 7,
  timestampNs: 1_000n,
  width: 4,
  height: 2,
  channels: 3,
  depth: "u8",
  pixelFormat: "rgb",
  bufferSizeBytes: 24,
};

/** 2x2 BGR, followed by an access unit of 5 bytes. */
export const V2_1: MetadataV2 = {
  version: "v2",
  minor: 1,
  flags: 0,
  frameCount: 9,
  timestampNs: 2_000n,
  publishSequence: 3n,
  payloadSizeBytes: 17,
  depthUnit: "unknown",
  left: {
    pixelFormat: "bgr",
    depth: "u8",
    width: 2,
    height: 2,
    strideBytes: 6,
    offsetBytes: 0,
    sizeBytes: 12,
  },
  accessUnit: {
    pixelFormat: "gray",
    depth: "u8",
    width: 5,
    height: 1,
    strideBytes: 5,
    offsetBytes: 12,
    sizeBytes: 5,
  },
  encoded: {
    codec: "h265",
    bitstreamFormat: "annex_b",
    flags: 1,
    frameRateNumerator: 30000,
    frameRateDenominator: 1001,
    streamPtsNs: 33_366_666n,
  },
};
