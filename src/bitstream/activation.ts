import { BitReader } from "./bit_reader.ts";
import { BitstreamError } from "./bitstream_error.ts";
import type { Codec } from "./codec.ts";
import { removeEmulationPrevention } from "./rbsp.ts";

/** Bytes of a slice or parameter set that are enough to read the ids at its start. */
const HEAD_BYTES = 32;

/** Size of a NAL unit's header in bytes. */
const HEADER_BYTES: Readonly<Record<Codec, number>> = { h264: 1, h265: 2 };

/**
 * Returns the id of the PPS that a slice of a key picture refers to (ITU-T H.264, 7.3.3; H.265, 7.3.6.1), or undefined if
 * the slice is truncated.
 */
export function ppsIdOfKeySlice(codec: Codec, nal: Uint8Array): number | undefined {
  return read(codec, nal, (bits) => {
    if (codec === "h264") {
      bits.expGolomb(); // first_mb_in_slice
      bits.expGolomb(); // slice_type
    } else {
      bits.skip(2); // first_slice_segment_in_pic_flag, no_output_of_prior_pics_flag
    }
    return bits.expGolomb();
  });
}

/** Returns the id of the SPS that a PPS refers to (ITU-T H.264, 7.3.2.2; H.265, 7.3.2.3.1), or undefined if truncated. */
export function spsIdOfPps(codec: Codec, nal: Uint8Array): number | undefined {
  return read(codec, nal, (bits) => {
    bits.expGolomb(); // pic_parameter_set_id
    return bits.expGolomb();
  });
}

/** Returns the id of the VPS that an H.265 SPS refers to (ITU-T H.265, 7.3.2.2.1), or undefined if truncated. */
export function vpsIdOfSps(nal: Uint8Array): number | undefined {
  return read("h265", nal, (bits) => bits.unsigned(4));
}

function read(
  codec: Codec,
  nal: Uint8Array,
  field: (bits: BitReader) => number,
): number | undefined {
  try {
    return field(new BitReader(removeEmulationPrevention(nal, HEAD_BYTES), HEADER_BYTES[codec]));
  } catch (error) {
    if (error instanceof BitstreamError) return undefined;
    throw error;
  }
}
