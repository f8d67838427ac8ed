import { BitReader } from "./bit_reader.ts";
import { BitstreamError } from "./bitstream_error.ts";
import { checkSpsTypeH265 } from "./nal_unit_h265.ts";
import { GENERAL_BYTES, skipProfileTierLevel, SPS_PROFILE_OFFSET } from "./profile_h265.ts";
import { removeEmulationPrevention } from "./rbsp.ts";
import { boundedExpGolomb, croppedSize } from "./sps_fields.ts";

/** Fields of an H.265 sequence parameter set (ITU-T H.265, 7.4.3.2) that containers and servers need. */
export interface SpsH265 {
  /**
   * The general part of `profile_tier_level()` as coded, 12 bytes: profile space, tier and profile;
   * 32 compatibility flags; 48 constraint flags; level.
   */
  readonly generalProfileTierLevel: Uint8Array;
  /** Maximum number of temporal sub-layers, 1 to 7: `sps_max_sub_layers_minus1` + 1. */
  readonly temporalLayers: number;
  /** Whether switching up to a higher sub-layer is possible at every picture. */
  readonly temporalIdNested: boolean;
  /** `chroma_format_idc`: 0 is monochrome, 1 is 4:2:0, 2 is 4:2:2, 3 is 4:4:4. */
  readonly chromaFormatIdc: number;
  /** Bits of a luma sample, 8 to 16. */
  readonly bitDepthLuma: number;
  /** Bits of a chroma sample, 8 to 16. */
  readonly bitDepthChroma: number;
  /** Width of the pictures in luma samples, within the conformance window. */
  readonly width: number;
  /** Height of the pictures in luma samples, within the conformance window. */
  readonly height: number;
}

/**
 * Parses a sequence parameter set up to the bit depths.
 *
 * @param nal The SPS, without start code.
 * @throws {BitstreamError} If it is not an SPS, is truncated or has a value out of range.
 */
export function parseSpsH265(nal: Uint8Array): SpsH265 {
  checkSpsTypeH265(nal, "an H.265 SPS");
  const rbsp = removeEmulationPrevention(nal, nal.length);
  const bits = new BitReader(rbsp, 2);
  bits.skip(4); // sps_video_parameter_set_id
  const subLayers = bits.unsigned(3);
  if (subLayers > 6) {
    throw new BitstreamError(
      `An SPS has sps_max_sub_layers_minus1 ${subLayers}; 0 to 6 are allowed`,
    );
  }
  const temporalIdNested = bits.unsigned(1) === 1;
  skipProfileTierLevel(bits, subLayers);
  boundedExpGolomb(bits, "sps_seq_parameter_set_id", 15);
  const chromaFormatIdc = boundedExpGolomb(bits, "chroma_format_idc", 3);
  if (chromaFormatIdc === 3) bits.skip(1); // separate_colour_plane_flag
  const size = croppedSize(bits, {
    width: bits.expGolomb(),
    height: bits.expGolomb(),
    cropUnitX: chromaFormatIdc === 1 || chromaFormatIdc === 2 ? 2 : 1,
    cropUnitY: chromaFormatIdc === 1 ? 2 : 1,
  });
  return {
    generalProfileTierLevel: rbsp.subarray(SPS_PROFILE_OFFSET, SPS_PROFILE_OFFSET + GENERAL_BYTES),
    temporalLayers: subLayers + 1,
    temporalIdNested,
    chromaFormatIdc,
    ...size,
    bitDepthLuma: 8 + boundedExpGolomb(bits, "bit_depth_luma_minus8", 8),
    bitDepthChroma: 8 + boundedExpGolomb(bits, "bit_depth_chroma_minus8", 8),
  };
}
