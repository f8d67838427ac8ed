import { writeHevcConfiguration } from "../bitstream/hevc_configuration.ts";
import type { ParameterSets } from "../bitstream/parameter_sets.ts";

/**
 * The HEVCDecoderConfigurationRecord as RTMP publishers send it: `array_completeness` is 0, though
 * no parameter set comes in the stream. FFmpeg and OBS send it so, and there are servers that take
 * the whole byte for the NAL unit type: node-media-server 2.7 finds no SPS behind a 1.
 *
 * @throws {BitstreamError} If a parameter set is lacking or malformed.
 */
export function hevcRecord(
  sets: Pick<ParameterSets, "vps" | "sps" | "pps">,
): Uint8Array<ArrayBuffer> {
  return writeHevcConfiguration(sets, 0);
}
