import { hasMagic, METADATA_SIZE } from "./_region.ts";
import { ContractError } from "./errors.ts";
import { decodeMetadataV1, encodeMetadataV1, type MetadataV1 } from "./metadata_v1.ts";
import { decodeMetadataV2, encodeMetadataV2, type MetadataV2 } from "./metadata_v2.ts";
import { isVersion1 } from "./version.ts";

export { METADATA_SIZE, PAYLOAD_OFFSET } from "./_region.ts";

/** The metadata region at the start of a segment. */
export type Metadata = MetadataV1 | MetadataV2;

/**
 * Decodes the metadata region of a segment, of any version of the contract. Encoding the result reproduces the 256 bytes.
 *
 * Each field is read once. If a producer changes the bytes in the meantime, the result may mix two frames or be an error,
 * but it never has a value that violates a rule.
 *
 * @param bytes The region; bytes after the first 256 are ignored.
 * @param segmentSize Size in bytes of the whole segment, which the payload must fit.
 * @throws {ContractError} With the code of the violated rule.
 *
 * @example
 * ```ts
 * import { decodeMetadata, encodeMetadata } from "./metadata.ts";
 * import assert from "node:assert/strict";
 *
 * const region = encodeMetadata({
 *   version: "v1",
 *   frameCount: 7,
 *   timestampNs: 1_000_000n,
 *   width: 4,
 *   height: 2,
 *   channels: 3,
 *   depth: "u8",
 *   pixelFormat: "rgb",
 *   bufferSizeBytes: 24,
 * });
 * assert.equal(decodeMetadata(region, 256 + 24).frameCount, 7);
 * ```
 */
export function decodeMetadata(bytes: Uint8Array, segmentSize: number): Metadata {
  const view = metadataView(bytes);
  const major = view.getUint8(8);
  const minor = view.getUint8(9);
  if (isVersion1(major, minor)) return decodeMetadataV1(bytes, view, segmentSize);
  if (major === 2) return decodeMetadataV2(bytes, view, segmentSize);
  throw unknownVersion(major, minor);
}

/**
 * Checks the length and the magic, and returns a view of the region.
 *
 * @throws {ContractError} `metadata_length`, `metadata_magic`
 */
export function metadataView(bytes: Uint8Array): DataView {
  if (bytes.length < METADATA_SIZE) {
    throw new ContractError(
      "metadata_length",
      `Metadata region is too short: got ${bytes.length} bytes, allowed are ${METADATA_SIZE} or more`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, METADATA_SIZE);
  if (!hasMagic(view)) {
    throw new ContractError(
      "metadata_magic",
      'Not cv-mmap metadata: the region does not start with "CV-MMAP" and a zero byte',
    );
  }
  return view;
}

/** Returns the error for a version that is not in the contract. */
export function unknownVersion(major: number, minor: number): ContractError {
  return new ContractError(
    "metadata_version",
    `Unknown metadata version: got ${major}.${minor}, allowed are 1.x, 2.x and the legacy 0.0`,
  );
}

/**
 * Encodes a metadata region of 256 bytes.
 *
 * @param into Destination. Only its first 256 bytes are changed, and none of them on an error. @default a new array
 * @returns The 256 bytes written.
 * @throws {ContractError} If the metadata violates a rule, or `into` is too short.
 */
export function encodeMetadata(
  metadata: Metadata,
  into: Uint8Array = new Uint8Array(METADATA_SIZE),
): Uint8Array {
  if (into.length < METADATA_SIZE) {
    throw new ContractError(
      "region_length",
      `Cannot encode metadata: got room for ${into.length} bytes, allowed are ${METADATA_SIZE} or more`,
    );
  }
  const region = into.subarray(0, METADATA_SIZE);
  const view = new DataView(into.buffer, into.byteOffset, METADATA_SIZE);
  if (metadata.version === "v1") encodeMetadataV1(metadata, region, view);
  else encodeMetadataV2(metadata, region, view);
  return region;
}
