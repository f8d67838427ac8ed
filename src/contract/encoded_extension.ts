import { requireUint, requireUint64, U16_MAX } from "./_fields.ts";
import { codeOf, named } from "./_codes.ts";
import {
  BITSTREAM_FORMATS,
  type BitstreamFormat,
  ENCODED_CODECS,
  type EncodedCodec,
} from "./enumerations.ts";
import { ContractError } from "./errors.ts";

/** Bit 0 of {@linkcode EncodedExtension.flags}: the access unit is a key frame. */
export const ENCODED_FLAG_KEY_FRAME = 0x0001;

/** The description of the access unit in the fourth plane of v2.1 metadata. */
export interface EncodedExtension {
  /** Codec; `unknown` only without an access unit. */
  readonly codec: EncodedCodec;
  /** Bitstream format; `unknown` only without an access unit. */
  readonly bitstreamFormat: BitstreamFormat;
  /** Flags: u16. See {@linkcode ENCODED_FLAG_KEY_FRAME}; the other bits are reserved and preserved. */
  readonly flags: number;
  /** Frames per `frameRateDenominator` seconds: u16, 0 if unknown. */
  readonly frameRateNumerator: number;
  /** Seconds per `frameRateNumerator` frames: u16, 0 if unknown. */
  readonly frameRateDenominator: number;
  /** Presentation time in nanoseconds on the producer's stream clock: u64. */
  readonly streamPtsNs: bigint;
}

/** Offset of the extension in the metadata region. The last three bytes of the extension are reserved. */
export const ENCODED_EXTENSION_OFFSET = 0x2d;

/** Decodes the extension of v2.1 metadata. */
export function decodeEncodedExtension(view: DataView): EncodedExtension {
  const at = ENCODED_EXTENSION_OFFSET;
  return {
    codec: named(ENCODED_CODECS, view.getUint8(at), "v2_codec", "codec in v2.1 metadata"),
    bitstreamFormat: named(
      BITSTREAM_FORMATS,
      view.getUint8(at + 1),
      "v2_bitstream_format",
      "bitstream format in v2.1 metadata",
    ),
    flags: view.getUint16(at + 2, true),
    frameRateNumerator: view.getUint16(at + 4, true),
    frameRateDenominator: view.getUint16(at + 6, true),
    streamPtsNs: view.getBigUint64(at + 8, true),
  };
}

/**
 * Checks that the region can hold the extension's numbers.
 *
 * @throws {ContractError} `field_range`
 */
export function requireExtensionFields(extension: EncodedExtension): void {
  requireUint("the encoded flags", extension.flags, U16_MAX);
  requireUint("frame_rate_num", extension.frameRateNumerator, U16_MAX);
  requireUint("frame_rate_den", extension.frameRateDenominator, U16_MAX);
  requireUint64("stream_pts_ns", extension.streamPtsNs);
}

/** Encodes the extension of v2.1 metadata. */
export function encodeEncodedExtension(extension: EncodedExtension, view: DataView): void {
  const at = ENCODED_EXTENSION_OFFSET;
  view.setUint8(at, codeOf(ENCODED_CODECS, extension.codec, "codec"));
  view.setUint8(
    at + 1,
    codeOf(BITSTREAM_FORMATS, extension.bitstreamFormat, "bitstream_format"),
  );
  view.setUint16(at + 2, extension.flags, true);
  view.setUint16(at + 4, extension.frameRateNumerator, true);
  view.setUint16(at + 6, extension.frameRateDenominator, true);
  view.setBigUint64(at + 8, extension.streamPtsNs, true);
}

/**
 * Checks that the description of an access unit has a codec and a format.
 *
 * @throws {ContractError} `v2_codec_unknown`, `v2_bitstream_format_unknown`
 */
export function requireKnownCoding({ codec, bitstreamFormat }: EncodedExtension): void {
  if (codec === "unknown") {
    throw new ContractError(
      "v2_codec_unknown",
      "Invalid codec of the access unit in v2.1 metadata: got unknown, allowed are h264, h265",
    );
  }
  if (bitstreamFormat === "unknown") {
    throw new ContractError(
      "v2_bitstream_format_unknown",
      "Invalid bitstream format of the access unit in v2.1 metadata: got unknown, allowed is annex_b",
    );
  }
}
