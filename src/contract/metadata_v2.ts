import { hex } from "./_quote.ts";
import { requireUint, requireUint64, U16_MAX, U32_MAX, U8_MAX } from "./_fields.ts";
import { codeOf, named } from "./_codes.ts";
import { METADATA_SIZE, PAYLOAD_OFFSET, writePreamble } from "./_region.ts";
import { type ByteRange, keepReserved, restoreReserved } from "./_reserved.ts";
import {
  decodeEncodedExtension,
  ENCODED_EXTENSION_OFFSET,
  type EncodedExtension,
  encodeEncodedExtension,
  requireExtensionFields,
  requireKnownCoding,
} from "./encoded_extension.ts";
import { DEPTH_UNITS, type DepthUnit } from "./enumerations.ts";
import { ContractError } from "./errors.ts";
import {
  checkInactive,
  checkPlane,
  decodePlane,
  DESCRIPTOR_SIZE,
  DESCRIPTORS_OFFSET,
  encodePlane,
  type Plane,
  PLANE_SLOTS,
  requirePlaneFields,
} from "./plane.ts";

/** Metadata of contract version 2: up to four planes. */
export interface MetadataV2 {
  /** Discriminates the versions of metadata. */
  readonly version: "v2";
  /** Minor version: u8. 0 is v2.0; all others follow the rules of v2.1. */
  readonly minor: number;
  /** Reserved by the contract: u16, preserved. */
  readonly flags: number;
  /** Number of the frame (`frame_id`): u32. It may wrap or restart. */
  readonly frameCount: number;
  /** Capture time in nanoseconds (`capture_ts_ns`): u64. */
  readonly timestampNs: bigint;
  /** Number of the publication (`publish_seq`): u64. */
  readonly publishSequence: bigint;
  /** Size of the payload in bytes, all planes together: at least 1. */
  readonly payloadSizeBytes: number;
  /** Unit of the depth plane's values. */
  readonly depthUnit: DepthUnit;
  /** The picture, which every frame has. */
  readonly left: Plane;
  /** Distances, gray/f32. In v2.0 a plane can be present only if all planes before it are. */
  readonly depth?: Plane;
  /** Confidence of the distances, gray/f32 or gray/u8. */
  readonly confidence?: Plane;
  /** The producer's own access unit, gray/u8 in one row. */
  readonly accessUnit?: Plane;
  /** Description of the access unit; present in v2.1 and later, absent in v2.0. */
  readonly encoded?: EncodedExtension;
  /** The region with all named fields set to 0; present only if a reserved byte is not 0. */
  readonly reserved?: Uint8Array;
}

const SLOT_COUNT = PLANE_SLOTS.length;

/** Reserved bytes, indexed by `mask + (minor === 0 ? 0 : 16)`. */
const RESERVED: readonly (readonly ByteRange[])[] = Array.from({ length: 32 }, (_, key) => {
  const ranges: ByteRange[] = [
    [key < 16 ? ENCODED_EXTENSION_OFFSET : 0x3d, DESCRIPTORS_OFFSET],
    [DESCRIPTORS_OFFSET + SLOT_COUNT * DESCRIPTOR_SIZE, METADATA_SIZE],
  ];
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const at = DESCRIPTORS_OFFSET + slot * DESCRIPTOR_SIZE;
    // In an inactive slot only sizes and position must be 0, because producers leave a pixel format there.
    ranges.push([(key & (1 << slot)) === 0 ? at : at + 3, at + 4]);
  }
  return ranges;
});

/** Decodes a region of 256 bytes whose magic and major version are already checked. `view` is a view of it. */
export function decodeMetadataV2(
  region: Uint8Array,
  view: DataView,
  segmentSize: number,
): MetadataV2 {
  const minor = view.getUint8(9);
  const mask = view.getUint8(0x21);
  checkPresence(minor, view.getUint8(0x20), mask);
  checkConstant("v2_descriptors_offset", view.getUint16(0x22, true), DESCRIPTORS_OFFSET);
  checkConstant("v2_descriptor_size", view.getUint16(0x24, true), DESCRIPTOR_SIZE);
  checkConstant("v2_descriptor_capacity", view.getUint16(0x26, true), SLOT_COUNT);

  const [left, depth, confidence, accessUnit] = [
    decodePlane(view, 0),
    decodeSlot(view, 1, mask),
    decodeSlot(view, 2, mask),
    decodeSlot(view, 3, mask),
  ];
  const reserved = keepReserved(region, METADATA_SIZE, reservedRanges(minor, mask));
  const metadata: MetadataV2 = {
    version: "v2",
    minor,
    flags: view.getUint16(0x0a, true),
    frameCount: view.getUint32(0x0c, true),
    timestampNs: view.getBigUint64(0x10, true),
    publishSequence: view.getBigUint64(0x18, true),
    payloadSizeBytes: view.getUint32(0x28, true),
    depthUnit: named(
      DEPTH_UNITS,
      view.getUint8(0x2c),
      "v2_depth_unit",
      "depth unit in v2 metadata",
    ),
    left,
    ...(depth && { depth }),
    ...(confidence && { confidence }),
    ...(accessUnit && { accessUnit }),
    ...(minor > 0 && { encoded: decodeEncodedExtension(view) }),
    ...(reserved && { reserved }),
  };
  checkContents(metadata, segmentSize);
  return metadata;
}

/**
 * Decodes only the LEFT plane. Faults of other planes, which may change from frame to frame, do not matter to a reader of
 * the picture.
 *
 * @throws {ContractError} With the code of the violated rule.
 */
export function decodeLeft(view: DataView, segmentSize: number): Plane {
  const mask = view.getUint8(0x21);
  if ((mask & 1) === 0) {
    throw new ContractError(
      "v2_presence_mask_left",
      `Invalid plane_presence_mask in v2 metadata: got ${hex(mask)}, bit 0 (LEFT) must be set`,
    );
  }
  checkConstant("v2_descriptors_offset", view.getUint16(0x22, true), DESCRIPTORS_OFFSET);
  checkConstant("v2_descriptor_size", view.getUint16(0x24, true), DESCRIPTOR_SIZE);
  const left = decodePlane(view, 0);
  const room = Math.max(segmentSize - PAYLOAD_OFFSET, 0);
  if (left.sizeBytes > room) {
    throw new ContractError(
      "v2_payload_size_segment",
      `The v2 plane LEFT does not fit the segment: got ${PAYLOAD_OFFSET} + ${left.sizeBytes} bytes, allowed are up to the segment's ${segmentSize}`,
    );
  }
  checkPlane(left, 0, 0, view.getUint32(0x28, true));
  return left;
}

/** Encodes into a region of 256 bytes, overwriting all of it. */
export function encodeMetadataV2(metadata: MetadataV2, region: Uint8Array, view: DataView): void {
  const { minor } = metadata;
  requireUint("the minor version", minor, U8_MAX);
  requireUint("flags", metadata.flags, U16_MAX);
  requireUint("frame_id", metadata.frameCount, U32_MAX);
  requireUint64("capture_ts_ns", metadata.timestampNs);
  requireUint64("publish_seq", metadata.publishSequence);
  requireUint("payload_size_bytes", metadata.payloadSizeBytes, U32_MAX);
  const depthUnit = codeOf(DEPTH_UNITS, metadata.depthUnit, "depth_unit");
  if (metadata.encoded) requireExtensionFields(metadata.encoded);
  const planes = planesOf(metadata);
  planes.forEach((plane) => plane && requirePlaneFields(plane));
  const mask = planes.reduce((bits, plane, slot) => bits | (plane ? 1 << slot : 0), 0);
  const count = planes.filter((plane) => plane !== undefined).length;
  checkPresence(minor, count, mask);
  checkContents(metadata, Infinity);

  restoreReserved(region, metadata.reserved, reservedRanges(minor, mask));
  writePreamble(view, 2, minor);
  view.setUint16(0x0a, metadata.flags, true);
  view.setUint32(0x0c, metadata.frameCount, true);
  view.setBigUint64(0x10, metadata.timestampNs, true);
  view.setBigUint64(0x18, metadata.publishSequence, true);
  view.setUint8(0x20, count);
  view.setUint8(0x21, mask);
  view.setUint16(0x22, DESCRIPTORS_OFFSET, true);
  view.setUint16(0x24, DESCRIPTOR_SIZE, true);
  view.setUint16(0x26, SLOT_COUNT, true);
  view.setUint32(0x28, metadata.payloadSizeBytes, true);
  view.setUint8(0x2c, depthUnit);
  if (metadata.encoded) encodeEncodedExtension(metadata.encoded, view);
  planes.forEach((plane, slot) => plane && encodePlane(plane, view, slot));
}

function planesOf(metadata: MetadataV2): readonly (Plane | undefined)[] {
  return [metadata.left, metadata.depth, metadata.confidence, metadata.accessUnit];
}

function decodeSlot(view: DataView, slot: number, mask: number): Plane | undefined {
  if ((mask & (1 << slot)) !== 0) return decodePlane(view, slot);
  checkInactive(view, slot);
  return undefined;
}

function reservedRanges(minor: number, mask: number): readonly ByteRange[] {
  return RESERVED[mask + (minor === 0 ? 0 : 16)] ?? [];
}

function checkConstant(
  code: "v2_descriptors_offset" | "v2_descriptor_size" | "v2_descriptor_capacity",
  got: number,
  allowed: number,
): void {
  if (got !== allowed) {
    const field = code.replace("v2_", "plane_");
    throw new ContractError(
      code,
      `Invalid ${field} in v2 metadata: got ${got}, allowed is ${allowed}`,
    );
  }
}

function checkPresence(minor: number, count: number, mask: number): void {
  if (count < 1 || count > SLOT_COUNT) {
    throw new ContractError(
      "v2_plane_count",
      `Invalid plane_count in v2 metadata: got ${count}, allowed are 1 to ${SLOT_COUNT}`,
    );
  }
  const got = `plane_presence_mask in v2.${minor} metadata: got ${hex(mask)}`;
  if (mask > 0x0f) {
    throw new ContractError(
      "v2_presence_mask_upper",
      `Invalid ${got}, allowed are 0x01 to 0x0f, the upper bits 0`,
    );
  }
  if (minor === 0) {
    // Four planes are allowed in v2.0 too: the contract has the same limit for all minor versions.
    const contiguous = (1 << count) - 1;
    if (mask !== contiguous) {
      throw new ContractError(
        "v2_presence_mask_contiguous",
        `Invalid ${got}, allowed is ${hex(contiguous)} for ${count} planes`,
      );
    }
    return;
  }
  if ((mask & 1) === 0) {
    throw new ContractError("v2_presence_mask_left", `Invalid ${got}, bit 0 (LEFT) must be set`);
  }
  let bits = 0;
  for (let slot = 0; slot < SLOT_COUNT; slot++) bits += (mask >> slot) & 1;
  if (bits !== count) {
    throw new ContractError(
      "v2_presence_mask_count",
      `Invalid ${got}, which has ${bits} planes, expected plane_count's ${count}`,
    );
  }
}

function checkContents(metadata: MetadataV2, segmentSize: number): void {
  const { payloadSizeBytes, minor, encoded } = metadata;
  if (payloadSizeBytes === 0) {
    throw new ContractError(
      "v2_payload_size_zero",
      "Invalid payload_size_bytes in v2 metadata: got 0, expected at least 1",
    );
  }
  // Not `>`, so that a segment size of NaN is refused.
  if (!(PAYLOAD_OFFSET + payloadSizeBytes <= segmentSize)) {
    throw new ContractError(
      "v2_payload_size_segment",
      `The v2 payload does not fit the segment: got ${PAYLOAD_OFFSET} + ${payloadSizeBytes} bytes, allowed are up to the segment's ${segmentSize}`,
    );
  }
  let end = 0;
  let slot = 0;
  for (const plane of planesOf(metadata)) {
    if (plane) {
      checkPlane(plane, slot, end, payloadSizeBytes);
      end = plane.offsetBytes + plane.sizeBytes;
    }
    slot++;
  }
  if ((encoded !== undefined) !== (minor > 0)) {
    throw new ContractError(
      "v2_extension_version",
      `Invalid v2.${minor} metadata: got ${
        encoded ? "an" : "no"
      } encoded extension, which is required in v2.1 and later and not allowed in v2.0`,
    );
  }
  // In v2.0 those bytes are reserved, so an access unit has no description.
  if (metadata.accessUnit === undefined || encoded === undefined) return;
  requireKnownCoding(encoded);
}
