import { hasMagic, METADATA_SIZE } from "./_region.ts";
import { ContractError } from "./errors.ts";
import { decodeMetadataV1, encodeMetadataV1, type MetadataV1 } from "./metadata_v1.ts";
import { decodeMetadataV2, encodeMetadataV2, type MetadataV2 } from "./metadata_v2.ts";
import { spellsVersion1 } from "./version.ts";

export { METADATA_SIZE, PAYLOAD_OFFSET } from "./_region.ts";

/** The metadata region at the start of a segment. */
export type Metadata = MetadataV1 | MetadataV2;

/**
 * Decodes the metadata region of a segment, of any version that the contract knows. Encoding the
 * result gives the same 256 bytes again.
 *
 * Each field is read once, so bytes that a producer changes meanwhile give a mix of two frames or
 * an error, but never a value that breaks a rule.
 *
 * @param bytes The region; what follows its 256 bytes is not looked at.
 * @param segmentSize Bytes of the whole segment, which the payload has to fit.
 * @throws {ContractError} With the code of the broken rule.
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
  if (spellsVersion1(major, minor)) return decodeMetadataV1(bytes, view, segmentSize);
  if (major === 2) return decodeMetadataV2(bytes, view, segmentSize);
  throw unknownVersion(major, minor);
}

/** Looks at what metadata of every version begin with. */
export function metadataView(bytes: Uint8Array): DataView {
  if (bytes.length < METADATA_SIZE) {
    throw new ContractError(
      "metadata_length",
      `Too short a metadata region: got ${bytes.length} bytes, allowed are ${METADATA_SIZE} or more`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, METADATA_SIZE);
  if (!hasMagic(view)) {
    throw new ContractError(
      "metadata_magic",
      'No cv-mmap metadata: the region does not start with "CV-MMAP" and a zero byte',
    );
  }
  return view;
}

/** A version that the contract does not know. */
export function unknownVersion(major: number, minor: number): ContractError {
  return new ContractError(
    "metadata_version",
    `Unknown metadata version: got ${major}.${minor}, allowed are 1.x, 2.x and the legacy 0.0`,
  );
}

/**
 * Encodes a metadata region of 256 bytes.
 *
 * @param into Where to write; a new array unless given. Only its first 256 bytes change, and none
 * of them if the metadata is refused.
 * @returns The 256 bytes written.
 * @throws {ContractError} Where the metadata breaks a rule, or `into` is too short.
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
