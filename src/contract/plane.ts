import { requireUint, U32_MAX } from "./_fields.ts";
import { codeOf, named } from "./_codes.ts";
import {
  bytesOf,
  channelsOf,
  type Depth,
  DEPTHS,
  PIXEL_FORMATS,
  type PixelFormat,
} from "./enumerations.ts";
import type { ContractErrorCode } from "../error_code.ts";
import { ContractError } from "./errors.ts";

/** One active plane of v2 metadata. Sizes and positions are u32. */
export interface Plane {
  /** Order of the channels. */
  readonly pixelFormat: PixelFormat;
  /** Type of one channel. */
  readonly depth: Depth;
  /** Pixels in a row: at least 1. */
  readonly width: number;
  /** Rows: at least 1. */
  readonly height: number;
  /** Bytes from the start of one row to the start of the next. */
  readonly strideBytes: number;
  /** Offset from the start of the payload in bytes. */
  readonly offsetBytes: number;
  /** Size of the plane in bytes: at least `strideBytes * height`. */
  readonly sizeBytes: number;
}

/** Names of the four slots; a slot's number is also its `plane_type`. */
export const PLANE_SLOTS = ["LEFT", "DEPTH", "CONFIDENCE", "ENCODED_ACCESS_UNIT"] as const;

/** Offset of slot 0 in the metadata region. */
export const DESCRIPTORS_OFFSET = 64;
/** Size of a slot in bytes. */
export const DESCRIPTOR_SIZE = 24;

/** Decodes the descriptor of an active slot. The caller must check its numbers with {@linkcode checkPlane}. */
export function decodePlane(view: DataView, slot: number): Plane {
  const at = DESCRIPTORS_OFFSET + slot * DESCRIPTOR_SIZE;
  const type = view.getUint8(at);
  if (type !== slot) {
    throw refusal(slot, "v2_plane_type", `plane_type: got ${type}, allowed is ${slot}`);
  }
  return {
    pixelFormat: named(
      PIXEL_FORMATS,
      view.getUint8(at + 1),
      "v2_pixel_format",
      "pixel format of a v2 plane",
    ),
    depth: named(DEPTHS, view.getUint8(at + 2), "v2_depth", "depth of a v2 plane"),
    width: view.getUint32(at + 4, true),
    height: view.getUint32(at + 8, true),
    strideBytes: view.getUint32(at + 12, true),
    offsetBytes: view.getUint32(at + 16, true),
    sizeBytes: view.getUint32(at + 20, true),
  };
}

/** Checks that the sizes and the position in an inactive slot are 0. */
export function checkInactive(view: DataView, slot: number): void {
  const at = DESCRIPTORS_OFFSET + slot * DESCRIPTOR_SIZE;
  for (let field = at + 4; field < at + DESCRIPTOR_SIZE; field += 4) {
    const value = view.getUint32(field, true);
    if (value !== 0) {
      throw refusal(
        slot,
        "v2_inactive_slot",
        `an inactive descriptor: got ${value} at byte ${field}, allowed is 0`,
      );
    }
  }
}

/**
 * Checks that a descriptor can hold the plane's numbers.
 *
 * @throws {ContractError} `field_range`
 */
export function requirePlaneFields(plane: Plane): void {
  requireUint("width", plane.width, U32_MAX);
  requireUint("height", plane.height, U32_MAX);
  requireUint("stride_bytes", plane.strideBytes, U32_MAX);
  requireUint("offset_bytes", plane.offsetBytes, U32_MAX);
  requireUint("size_bytes", plane.sizeBytes, U32_MAX);
}

/** Encodes the descriptor of an active slot. */
export function encodePlane(plane: Plane, view: DataView, slot: number): void {
  const at = DESCRIPTORS_OFFSET + slot * DESCRIPTOR_SIZE;
  view.setUint8(at, slot);
  view.setUint8(at + 1, codeOf(PIXEL_FORMATS, plane.pixelFormat, "pixel_format"));
  view.setUint8(at + 2, codeOf(DEPTHS, plane.depth, "depth"));
  view.setUint32(at + 4, plane.width, true);
  view.setUint32(at + 8, plane.height, true);
  view.setUint32(at + 12, plane.strideBytes, true);
  view.setUint32(at + 16, plane.offsetBytes, true);
  view.setUint32(at + 20, plane.sizeBytes, true);
}

/**
 * Checks that an active plane follows the rules of the contract.
 *
 * @param expectedOffset End of the previous active plane.
 * @param payloadSizeBytes The header's `payload_size_bytes`.
 */
export function checkPlane(
  plane: Plane,
  slot: number,
  expectedOffset: number,
  payloadSizeBytes: number,
): void {
  const { width, height, strideBytes, offsetBytes, sizeBytes, pixelFormat, depth } = plane;
  if (width === 0) throw refusal(slot, "v2_width_zero", "width: got 0, expected at least 1");
  if (height === 0) throw refusal(slot, "v2_height_zero", "height: got 0, expected at least 1");
  if (strideBytes === 0) {
    throw refusal(slot, "v2_stride_zero", "stride_bytes: got 0, expected at least 1");
  }
  if (sizeBytes === 0) {
    throw refusal(slot, "v2_size_zero", "size_bytes: got 0, expected at least 1");
  }
  checkFormat(plane, slot);
  const minStride = width * channelsOf(pixelFormat) * bytesOf(depth);
  if (strideBytes < minStride) {
    const pixels = `${width} ${pixelFormat} pixels of ${depth}`;
    throw refusal(
      slot,
      "v2_stride_small",
      `stride_bytes: got ${strideBytes}, expected at least ${minStride} for ${pixels}`,
    );
  }
  // A product above 2^53 is rounded, which does not affect the comparison with a u32.
  const minSize = strideBytes * height;
  if (sizeBytes < minSize) {
    const rows = `${height} rows of ${strideBytes} bytes`;
    throw refusal(
      slot,
      "v2_size_small",
      `size_bytes: got ${sizeBytes}, expected at least ${minSize} for ${rows}`,
    );
  }
  if (offsetBytes > payloadSizeBytes) {
    throw refusal(
      slot,
      "v2_offset_payload",
      `offset_bytes: got ${offsetBytes}, allowed are up to the payload's ${payloadSizeBytes}`,
    );
  }
  const room = payloadSizeBytes - offsetBytes;
  if (sizeBytes > room) {
    throw refusal(
      slot,
      "v2_size_payload",
      `size_bytes: got ${sizeBytes}, allowed are up to ${room}, the rest of the payload`,
    );
  }
  if (offsetBytes !== expectedOffset) {
    throw refusal(
      slot,
      slot === 0 ? "v2_left_offset" : "v2_plane_contiguous",
      `offset_bytes: got ${offsetBytes}, allowed is ${expectedOffset}`,
    );
  }
}

/**
 * The code of the rule and the allowed depths of each plane other than LEFT. All of them are gray.
 *
 * The contract's text specifies f32 for CONFIDENCE, but its golden fixture has u8, so both are allowed.
 */
const GRAY_PLANES: readonly (readonly [ContractErrorCode, ...Depth[]] | undefined)[] = [
  undefined,
  ["v2_depth_plane_format", "f32"],
  ["v2_confidence_plane_format", "f32", "u8"],
  ["v2_access_unit_format", "u8"],
];

/** Checks the format of a plane other than LEFT. */
function checkFormat(plane: Plane, slot: number): void {
  const rule = GRAY_PLANES[slot];
  if (rule === undefined) return;
  const { pixelFormat, depth, width, height, strideBytes, sizeBytes } = plane;
  const [code, ...depths] = rule;
  if (pixelFormat !== "gray" || !depths.includes(depth)) {
    const allowed = depths.map((one) => `gray/${one}`).join(" and ");
    throw refusal(slot, code, `format: got ${pixelFormat}/${depth}, allowed is ${allowed}`);
  }
  if (slot !== 3) return;
  if (height !== 1) {
    throw refusal(slot, "v2_access_unit_height", `height: got ${height}, allowed is 1`);
  }
  if (width !== sizeBytes || strideBytes !== sizeBytes) {
    throw refusal(
      slot,
      "v2_access_unit_extent",
      `extent: got width ${width} and stride ${strideBytes}, allowed is its size ${sizeBytes} for both`,
    );
  }
}

function refusal(slot: number, code: ContractErrorCode, detail: string): ContractError {
  return new ContractError(code, `Invalid v2 plane ${slot} (${PLANE_SLOTS[slot]}), ${detail}`);
}
