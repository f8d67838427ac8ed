import type { Codec } from "../../bitstream/codec.ts";
import { LEGACY_CONNECT_PROPERTIES } from "../client/connect_properties.ts";
import {
  takeFrame,
  type VideoFormat,
  type VideoPackaging,
  writeCompositionTime,
} from "./video_packaging.ts";
import { AvcPacketType, FrameType } from "./video_tag.ts";

/** Bytes in front of the body: see {@linkcode avcLayout}. */
const HEADER_BYTES = 5;

/** In what formats of the same layout differ. */
export interface AvcLayoutOptions {
  /** The format. */
  readonly format: VideoFormat;
  /** Codec of the access units. */
  readonly codec: Codec;
  /** FLV codec id, 0 to 15. */
  readonly codecId: number;
}

/**
 * The packaging that FLV has for H.264 (FLV 10.1, E.4.3.1 and E.4.3.2), with any codec in it.
 *
 * ```text
 * |0|1|2|3|4|5|6|7|
 * +-------+-------+---------------+-----------------------+------
 * | frame | codec | AVCPacketType | composition time SI24 | body
 * | type  | id    |               | (0 beside frames)     |
 * +-------+-------+---------------+-----------------------+------
 * ```
 */
export function avcLayout(options: AvcLayoutOptions): VideoPackaging {
  const { format, codec, codecId } = options;
  const first = (frameType: number): number => frameType << 4 | codecId;
  return {
    format,
    codec,
    metadataCodecId: codecId,
    connectProperties: LEGACY_CONNECT_PROPERTIES,
    sequenceHeader({ configurationRecord: record }): Uint8Array<ArrayBuffer> {
      const payload = new Uint8Array(HEADER_BYTES + record.length);
      payload[0] = first(FrameType.Key);
      payload[1] = AvcPacketType.SequenceHeader;
      payload.set(record, HEADER_BYTES);
      return payload;
    },
    frame(units, keyFrame, compositionTimeMs, buffer): Uint8Array<ArrayBuffer> {
      const payload = takeFrame(codec, HEADER_BYTES, units, buffer);
      payload[0] = first(keyFrame ? FrameType.Key : FrameType.Inter);
      payload[1] = AvcPacketType.NalUnits;
      writeCompositionTime(payload, 2, compositionTimeMs);
      return payload;
    },
    sequenceEnd(): Uint8Array<ArrayBuffer> {
      return Uint8Array.of(first(FrameType.Key), AvcPacketType.EndOfSequence, 0, 0, 0);
    },
  };
}
