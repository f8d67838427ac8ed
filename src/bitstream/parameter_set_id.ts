import { BitReader } from "./bit_reader.ts";
import { BitstreamError } from "./bitstream_error.ts";
import type { Codec } from "./codec.ts";
import { skipProfileTierLevel } from "./profile_h265.ts";
import { removeEmulationPrevention } from "./rbsp.ts";

/** The types of parameter sets, in the order in which a decoder needs them. H.264 has no VPS. */
export type ParameterSetKind = "vps" | "sps" | "pps";

/**
 * Bytes of a parameter set that are enough to read its id. In an H.265 SPS the id follows the profiles, which have at most
 * 92 bytes with 6 sub-layers.
 */
const ID_SEARCH_BYTES = 128;

/** Largest allowed id of each type (ITU-T H.264, 7.4.2.1 and 7.4.2.2; H.265, 7.4.3.1 to 7.4.3.3). */
const MAX_ID: Record<Codec, Record<ParameterSetKind, number>> = {
  h264: { vps: -1, sps: 31, pps: 255 },
  h265: { vps: 15, sps: 15, pps: 63 },
};

/**
 * Returns the id of a parameter set.
 *
 * @param nal The parameter set, without start code.
 * @throws {BitstreamError} If it is truncated or the id is out of range.
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
  // In an SPS the id follows profile_idc, constraint flags and level_idc.
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

/** Reads the id of an SPS, which follows profile_tier_level() (ITU-T H.265, 7.3.2.2.1). */
function spsIdH265(bits: BitReader): number {
  bits.skip(4);
  const subLayers = bits.unsigned(3);
  bits.skip(1);
  skipProfileTierLevel(bits, subLayers);
  return bits.expGolomb();
}
