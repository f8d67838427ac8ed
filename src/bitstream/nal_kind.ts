import type { Codec } from "./codec.ts";
import { isVclH264, NalUnitTypeH264, nalUnitTypeH264 } from "./nal_unit_h264.ts";
import { isIrapH265, isVclH265, NalUnitTypeH265, nalUnitTypeH265 } from "./nal_unit_h265.ts";
import type { NalIndex } from "./nal_units.ts";

/** The purpose of a NAL unit, independent of the codec. */
export type NalKind =
  | "vps"
  | "sps"
  | "pps"
  | "delimiter"
  /** A slice of a picture at which decoding can start: IDR (H.264) or IRAP (H.265). */
  | "key-slice"
  | "slice"
  | "other";

/** Returns the kind of the NAL unit whose first byte is `header`. */
export function nalKind(codec: Codec, header: number): NalKind {
  return codec === "h264" ? kindH264(nalUnitTypeH264(header)) : kindH265(nalUnitTypeH265(header));
}

/** Returns whether decoding can start with the access unit. */
export function isKeyFrame(codec: Codec, units: NalIndex): boolean {
  for (let i = 0; i < units.count; i++) {
    const kind = nalKind(codec, units.header(i));
    if (kind === "key-slice") return true;
    if (kind === "slice") return false;
  }
  return false;
}

function kindH264(type: number): NalKind {
  switch (type) {
    case NalUnitTypeH264.Idr:
      return "key-slice";
    case NalUnitTypeH264.Sps:
      return "sps";
    case NalUnitTypeH264.Pps:
      return "pps";
    case NalUnitTypeH264.AccessUnitDelimiter:
      return "delimiter";
    default:
      return isVclH264(type) ? "slice" : "other";
  }
}

function kindH265(type: number): NalKind {
  switch (type) {
    case NalUnitTypeH265.Vps:
      return "vps";
    case NalUnitTypeH265.Sps:
      return "sps";
    case NalUnitTypeH265.Pps:
      return "pps";
    case NalUnitTypeH265.AccessUnitDelimiter:
      return "delimiter";
    default:
      if (isIrapH265(type)) return "key-slice";
      return isVclH265(type) ? "slice" : "other";
  }
}
