import type { Codec } from "../../bitstream/codec.ts";
import {
  AvcPacketType,
  FrameType,
  LEGACY_CONNECT_PROPERTIES,
  VideoCodecId,
} from "./video_constants.ts";
import {
  takeFrame,
  type VideoFormat,
  type VideoPackaging,
  writeCompositionTime,
} from "./video_packaging.ts";

/** Frame type, codec id, AVCPacketType and composition time. */
const HEADER_BYTES = 5;

interface LegacyOptions {
  readonly format: VideoFormat;
  /** Codec of the access units. */
  readonly codec: Codec;
  /** FLV codec id, 0 to 15. */
  readonly codecId: number;
}

/** H.264 as FLV codec id 7 (FLV 10.1, E.4.3), which every server accepts. */
export const videoH264: VideoPackaging = legacyPackaging({
  format: "h264",
  codec: "h264",
  codecId: VideoCodecId.Avc,
});

/**
 * H.265 as FLV codec id 12: the layout of H.264 with an HEVCDecoderConfigurationRecord in the
 * sequence header. It predates Enhanced RTMP and is not specified anywhere; Chinese CDNs and the
 * servers written for them use it.
 */
export const videoH265Domestic: VideoPackaging = legacyPackaging({
  format: "h265-domestic",
  codec: "h265",
  codecId: VideoCodecId.Hevc,
});

/**
 * Creates a packaging with the FLV layout of H.264 (FLV 10.1, E.4.3.1 and E.4.3.2), for any codec.
 *
 * ```text
 * |0|1|2|3|4|5|6|7|
 * +-------+-------+---------------+-----------------------+------
 * | frame | codec | AVCPacketType | composition time SI24 | body
 * | type  | id    |               | (0 except in frames)  |
 * +-------+-------+---------------+-----------------------+------
 * ```
 */
function legacyPackaging({ format, codec, codecId }: LegacyOptions): VideoPackaging {
  const firstByte = (frameType: number): number => frameType << 4 | codecId;
  return {
    format,
    codec,
    metadataCodecId: codecId,
    connectProperties: LEGACY_CONNECT_PROPERTIES,
    sequenceHeader({ configurationRecord: record }): Uint8Array<ArrayBuffer> {
      const payload = new Uint8Array(HEADER_BYTES + record.length);
      payload[0] = firstByte(FrameType.Key);
      payload[1] = AvcPacketType.SequenceHeader;
      payload.set(record, HEADER_BYTES);
      return payload;
    },
    frame(units, keyFrame, compositionTimeMs, buffer): Uint8Array<ArrayBuffer> {
      const payload = takeFrame(codec, HEADER_BYTES, units, buffer);
      payload[0] = firstByte(keyFrame ? FrameType.Key : FrameType.Inter);
      payload[1] = AvcPacketType.NalUnits;
      writeCompositionTime(payload, 2, compositionTimeMs);
      return payload;
    },
    sequenceEnd(): Uint8Array<ArrayBuffer> {
      return Uint8Array.of(firstByte(FrameType.Key), AvcPacketType.EndOfSequence, 0, 0, 0);
    },
  };
}
