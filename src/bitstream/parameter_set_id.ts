import { BitReader } from "./bit_reader.ts";
import { BitstreamError } from "./bitstream_error.ts";
import type { Codec } from "./codec.ts";
import { passProfileTierLevel } from "./profile_h265.ts";
import { removeEmulationPrevention } from "./rbsp.ts";

/** The kinds of parameter sets, in the order in which a decoder needs them. H.264 has no VPS. */
export type ParameterSetKind = "vps" | "sps" | "pps";

/**
 * Enough of any parameter set to find its id: an H.265 SPS puts its profiles in front, at most 92
 * bytes with 6 sub-layers.
 */
const ID_SEARCH_BYTES = 128;

/** The largest id of each kind that the specifications allow (7.4.2.1, 7.4.2.2; 7.4.3.1 to 7.4.3.3). */
const MAX_ID: Record<Codec, Record<ParameterSetKind, number>> = {
  h264: { vps: -1, sps: 31, pps: 255 },
  h265: { vps: 15, sps: 15, pps: 63 },
};

/**
 * The id of a parameter set.
 *
 * @param nal The parameter set, without start code.
 * @throws {BitstreamError} If it is cut short or the id is out of range.
 */
export function parameterSetId(codec: Codec, kind: ParameterSetKind, nal: Uint8Array): number {
  const rbsp = removeEmulationPrevention(nal, ID_SEARCH_BYTES);
  const id = codec === "h264" ? idH264(kind, rbsp) : idH265(kind, rbsp);
  const max = MAX_ID[codec][kind];
  if (id > max) {
    throw new BitstreamError(
      `A parameter set (${kind.toUpperCase()}) has id ${id}; 0 to ${max} are allowed`,
    );
  }
  return id;
}

function idH264(kind: ParameterSetKind, rbsp: Uint8Array): number {
  // In front of the id of an SPS: profile_idc, constraint flags, level_idc.
  return new BitReader(rbsp, kind === "sps" ? 4 : 1).expGolomb();
}

function idH265(kind: ParameterSetKind, rbsp: Uint8Array): number {
  const bits = new BitReader(rbsp, 2);
  switch (kind) {
    case "vps":
      return bits.unsigned(4);
    case "sps":
      return spsIdH265(bits);
    case "pps":
      return bits.expGolomb();
  }
}

/** ITU-T H.265, 7.3.2.2.1: the id stands behind profile_tier_level(). */
function spsIdH265(bits: BitReader): number {
  bits.skip(4);
  const subLayers = bits.unsigned(3);
  bits.skip(1);
  passProfileTierLevel(bits, subLayers);
  return bits.expGolomb();
}
