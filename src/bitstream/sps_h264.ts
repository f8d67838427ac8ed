import { BitReader } from "./bit_reader.ts";
import { checkSpsTypeH264 } from "./nal_unit_h264.ts";
import { removeEmulationPrevention } from "./rbsp.ts";
import { boundedExpGolomb, croppedSize } from "./sps_fields.ts";

/** Profiles whose SPS has the chroma format, bit depths and scaling matrices (ITU-T H.264, 7.3.2.1.1). */
const HIGH_PROFILES: ReadonlySet<number> = new Set(
  [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135],
);
/** A macroblock is 16 luma samples wide and high. */
const MACROBLOCK = 16;

/** Fields of an H.264 sequence parameter set (ITU-T H.264, 7.4.2.1.1) that containers and servers need. */
export interface SpsH264 {
  /** `profile_idc`: 66 is Baseline, 77 Main, 100 High. */
  readonly profileIdc: number;
  /** The byte of constraint flags after `profile_idc`. */
  readonly profileCompatibility: number;
  /** `level_idc`, 10 times the level. */
  readonly levelIdc: number;
  /** `chroma_format_idc`: 0 is monochrome, 1 is 4:2:0, 2 is 4:2:2, 3 is 4:4:4. */
  readonly chromaFormatIdc: number;
  /** Bits of a luma sample, 8 to 14. */
  readonly bitDepthLuma: number;
  /** Bits of a chroma sample, 8 to 14. */
  readonly bitDepthChroma: number;
  /** Width of the pictures in luma samples, after cropping. */
  readonly width: number;
  /** Height of the pictures in luma samples, after cropping. */
  readonly height: number;
}

/**
 * Parses a sequence parameter set up to the picture size.
 *
 * @param nal The SPS, without start code.
 * @throws {BitstreamError} If it is not an SPS, is truncated or has a value out of range.
 */
export function parseSpsH264(nal: Uint8Array): SpsH264 {
  checkSpsTypeH264(nal, "an H.264 SPS");
  const bits = new BitReader(removeEmulationPrevention(nal, nal.length), 1);
  const profileIdc = bits.unsigned(8);
  const profileCompatibility = bits.unsigned(8);
  const levelIdc = bits.unsigned(8);
  boundedExpGolomb(bits, "seq_parameter_set_id", 31);
  const sampling = HIGH_PROFILES.has(profileIdc) ? readSampling(bits) : DEFAULT_SAMPLING;
  boundedExpGolomb(bits, "log2_max_frame_num_minus4", 12);
  skipPictureOrderCount(bits);
  boundedExpGolomb(bits, "max_num_ref_frames", 16);
  bits.skip(1); // gaps_in_frame_num_value_allowed_flag
  return {
    profileIdc,
    profileCompatibility,
    levelIdc,
    ...sampling,
    ...readSize(bits, sampling.chromaFormatIdc),
  };
}

interface Sampling {
  readonly chromaFormatIdc: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
}

const DEFAULT_SAMPLING: Sampling = {
  chromaFormatIdc: 1,
  bitDepthLuma: 8,
  bitDepthChroma: 8,
};

function readSampling(bits: BitReader): Sampling {
  const chromaFormatIdc = boundedExpGolomb(bits, "chroma_format_idc", 3);
  if (chromaFormatIdc === 3) bits.skip(1); // separate_colour_plane_flag
  const bitDepthLuma = 8 + boundedExpGolomb(bits, "bit_depth_luma_minus8", 6);
  const bitDepthChroma = 8 + boundedExpGolomb(bits, "bit_depth_chroma_minus8", 6);
  bits.skip(1); // qpprime_y_zero_transform_bypass_flag
  if (bits.unsigned(1) === 1) {
    const lists = chromaFormatIdc === 3 ? 12 : 8;
    for (let i = 0; i < lists; i++) {
      if (bits.unsigned(1) === 1) skipScalingList(bits, i < 6 ? 16 : 64);
    }
  }
  return { chromaFormatIdc, bitDepthLuma, bitDepthChroma };
}

/** Skips a scaling list. Once the next scale is 0, the rest is not coded (ITU-T H.264, 7.3.2.1.1.1). */
function skipScalingList(bits: BitReader, size: number): void {
  let scale = 8;
  for (let i = 0; i < size; i++) {
    scale = (scale + bits.signedExpGolomb() + 256) & 255;
    if (scale === 0) return;
  }
}

function skipPictureOrderCount(bits: BitReader): void {
  const type = boundedExpGolomb(bits, "pic_order_cnt_type", 2);
  if (type === 0) {
    boundedExpGolomb(bits, "log2_max_pic_order_cnt_lsb_minus4", 12);
  } else if (type === 1) {
    bits.skip(1); // delta_pic_order_always_zero_flag
    bits.signedExpGolomb(); // offset_for_non_ref_pic
    bits.signedExpGolomb(); // offset_for_top_to_bottom_field
    const frames = boundedExpGolomb(bits, "num_ref_frames_in_pic_order_cnt_cycle", 255);
    for (let i = 0; i < frames; i++) bits.signedExpGolomb();
  }
}

function readSize(bits: BitReader, chroma: number): { width: number; height: number } {
  const widthInMacroblocks = bits.expGolomb() + 1;
  const heightInMapUnits = bits.expGolomb() + 1;
  const frameMacroblocksOnly = bits.unsigned(1);
  if (frameMacroblocksOnly === 0) bits.skip(1); // mb_adaptive_frame_field_flag
  bits.skip(1); // direct_8x8_inference_flag
  const fields = 2 - frameMacroblocksOnly;
  return croppedSize(bits, {
    width: widthInMacroblocks * MACROBLOCK,
    height: heightInMapUnits * MACROBLOCK * fields,
    cropUnitX: chroma === 1 || chroma === 2 ? 2 : 1,
    cropUnitY: (chroma === 1 ? 2 : 1) * fields,
  });
}
