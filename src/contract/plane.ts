import { requireUint, U32_MAX } from "./_fields.ts";
import { codeOf, named } from "./_codes.ts";
import { bytesOf, channelsOf, type Depth, DEPTHS } from "./enumerations.ts";
import { PIXEL_FORMATS, type PixelFormat } from "./enumerations.ts";
import type { ContractErrorCode } from "../error_code.ts";
import { ContractError } from "./errors.ts";

/** One active plane of v2 metadata. Sizes and positions are u32. */
export interface Plane {
  /** Order of the channels. */
  readonly pixelFormat: PixelFormat;
  /** Type of one channel. */
  readonly depth: Depth;
  /** Pixels in a row: 1 and more. */
  readonly width: number;
  /** Rows: 1 and more. */
  readonly height: number;
  /** Bytes from the start of one row to the start of the next. */
  readonly strideBytes: number;
  /** Bytes from the start of the payload. */
  readonly offsetBytes: number;
  /** Bytes of the plane: `strideBytes * height` or more. */
  readonly sizeBytes: number;
}

/** Names of the four slots; a slot's number is also its `plane_type`. */
export const PLANE_SLOTS = ["LEFT", "DEPTH", "CONFIDENCE", "ENCODED_ACCESS_UNIT"] as const;

/** Where slot 0 lies in the metadata region, and the bytes from one slot to the next. */
export const DESCRIPTORS_OFFSET = 64;
export const DESCRIPTOR_SIZE = 24;

/** Decodes the descriptor of an active slot; its numbers are yet to be checked. */
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

/** Refuses an inactive slot with a size or a position. */
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

/** Refuses (`field_range`) a plane whose numbers a descriptor cannot hold. */
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
 * Refuses an active plane that breaks a rule of the contract.
 *
 * @param expectedOffset Where the previous active plane ends.
 * @param payloadSizeBytes The header's `payload_size_bytes`.
 */
export function checkPlane(
  plane: Plane,
  slot: number,
  expectedOffset: number,
  payloadSizeBytes: number,
): void {
  const { width, height, strideBytes, offsetBytes, sizeBytes, pixelFormat, depth } = plane;
  if (width === 0) throw refusal(slot, "v2_width_zero", "width: got 0, allowed are 1 and more");
  if (height === 0) throw refusal(slot, "v2_height_zero", "height: got 0, allowed are 1 and more");
  if (strideBytes === 0) {
    throw refusal(slot, "v2_stride_zero", "stride_bytes: got 0, allowed are 1 and more");
  }
  if (sizeBytes === 0) {
    throw refusal(slot, "v2_size_zero", "size_bytes: got 0, allowed are 1 and more");
  }
  checkFormat(plane, slot);
  const leastStride = width * channelsOf(pixelFormat) * bytesOf(depth);
  if (strideBytes < leastStride) {
    const pixels = `${width} ${pixelFormat} pixels of ${depth}`;
    throw refusal(
      slot,
      "v2_stride_small",
      `stride_bytes: got ${strideBytes}, allowed are ${leastStride} and more for ${pixels}`,
    );
  }
  // A product beyond 2^53 is rounded, which matters to no comparison with a u32.
  const leastSize = strideBytes * height;
  if (sizeBytes < leastSize) {
    const rows = `${height} rows of ${strideBytes} bytes`;
    throw refusal(
      slot,
      "v2_size_small",
      `size_bytes: got ${sizeBytes}, allowed are ${leastSize} and more for ${rows}`,
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
      `size_bytes: got ${sizeBytes}, allowed are up to the ${room} that the payload has behind it`,
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
 * Depths of the planes other than LEFT, all of them gray, and the code of the rule.
 *
 * The contract's text gives CONFIDENCE as f32, its golden fixture has u8: both are read.
 */
const GRAY_PLANES: readonly (readonly [ContractErrorCode, ...Depth[]] | undefined)[] = [
  undefined,
  ["v2_depth_plane_format", "f32"],
  ["v2_confidence_plane_format", "f32", "u8"],
  ["v2_access_unit_format", "u8"],
];

/** What the contract asks of the planes other than LEFT. */
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
