import { writeAvcConfiguration } from "./avc_configuration.ts";
import type { Codec } from "./codec.ts";
import { codecStringH264, codecStringH265 } from "./codec_string.ts";
import { writeHevcConfiguration } from "./hevc_configuration.ts";
import type { ParameterSetList, ParameterSets } from "./parameter_sets.ts";
import { parseSpsH264 } from "./sps_h264.ts";
import { parseSpsH265 } from "./sps_h265.ts";

/**
 * The format of access units. A new format, which usually starts at a key frame, is a new object. Everything that
 * describes a stream, such as SDP, FLV headers or a file's sample entry, is derived from it.
 */
export interface CodedFormat {
  /** The codec. */
  readonly codec: Codec;
  /** Width of the displayed picture in pixels. */
  readonly width: number;
  /** Height of the displayed picture in pixels. */
  readonly height: number;
  /** Frames per second, if known. */
  readonly frameRate: number | undefined;
  /** The `codecs` value for browsers and containers (RFC 6381), for example `avc1.42C01E` or `hvc1.1.6.L93.B0`. */
  readonly codecString: string;
  /** The parameter sets in force. */
  readonly parameterSets: ParameterSetList;
  /**
   * The decoder configuration record, `avcC` or `hvcC` (ISO/IEC 14496-15). Formats that differ only in the frame rate have
   * the same array. In `hvcC`, `array_completeness` is 0 like in FFmpeg and OBS, because some servers take the whole byte
   * for the NAL unit type.
   */
  readonly configurationRecord: Uint8Array<ArrayBuffer>;
}

/**
 * Returns the format of access units with these parameter sets.
 *
 * @throws {BitstreamError} If a parameter set is missing or malformed, or there are too many.
 */
export function codedFormat(sets: ParameterSets, frameRate?: number): CodedFormat {
  const { codec, vps, sps, pps } = sets;
  const parameterSets = { vps, sps, pps };
  const configurationRecord = codec === "h264"
    ? writeAvcConfiguration(parameterSets)
    : writeHevcConfiguration(parameterSets, 0);
  // There is an SPS, because the record could not be written without.
  const [first = new Uint8Array()] = sps;
  const { width, height } = codec === "h264" ? parseSpsH264(first) : parseSpsH265(first);
  const codecString = codec === "h264" ? codecStringH264(first) : codecStringH265(first);
  return { codec, width, height, frameRate, codecString, parameterSets, configurationRecord };
}
