import { takeFrame, type VideoPackaging, writeCompositionTime } from "./video_packaging.ts";
import {
  enhancedConnectProperties,
  EX_HEADER,
  FOURCC_HEVC,
  fourCcNumber,
  FrameType,
  VideoPacketType,
} from "./video_constants.ts";

/** Flags and FourCC. */
const HEADER_BYTES = 5;
const COMPOSITION_TIME_BYTES = 3;
const FOURCC_NUMBER = fourCcNumber(FOURCC_HEVC);

/**
 * H.265 in Enhanced RTMP (identical in v1 and v2; Enhanced Video), FourCC `hvc1`.
 *
 * ```text
 * |0|1|2|3|4|5|6|7|
 * +-+-----+-------+--------+----------------------------------------+------
 * |1|frame|packet | FourCC | composition time SI24 in CodedFrames;  | body
 * | |type |type   |        | absent (0) in CodedFramesX             |
 * +-+-----+-------+--------+----------------------------------------+------
 * ```
 */
export const videoH265Enhanced: VideoPackaging = {
  format: "h265-enhanced",
  codec: "h265",
  metadataCodecId: FOURCC_NUMBER,
  connectProperties: enhancedConnectProperties(FOURCC_HEVC),
  sequenceHeader({ configurationRecord: record }): Uint8Array<ArrayBuffer> {
    const payload = new Uint8Array(HEADER_BYTES + record.length);
    writeHeader(payload, FrameType.Key, VideoPacketType.SequenceStart);
    payload.set(record, HEADER_BYTES);
    return payload;
  },
  frame(units, keyFrame, compositionTimeMs, buffer): Uint8Array<ArrayBuffer> {
    const frameType = keyFrame ? FrameType.Key : FrameType.Inter;
    if (compositionTimeMs === 0) {
      const payload = takeFrame("h265", HEADER_BYTES, units, buffer);
      writeHeader(payload, frameType, VideoPacketType.CodedFramesX);
      return payload;
    }
    const payload = takeFrame("h265", HEADER_BYTES + COMPOSITION_TIME_BYTES, units, buffer);
    writeHeader(payload, frameType, VideoPacketType.CodedFrames);
    writeCompositionTime(payload, HEADER_BYTES, compositionTimeMs);
    return payload;
  },
  sequenceEnd(): Uint8Array<ArrayBuffer> {
    const payload = new Uint8Array(HEADER_BYTES);
    writeHeader(payload, FrameType.Key, VideoPacketType.SequenceEnd);
    return payload;
  },
};

function writeHeader(payload: Uint8Array, frameType: number, packetType: number): void {
  payload[0] = EX_HEADER | frameType << 4 | packetType;
  payload[1] = FOURCC_NUMBER >>> 24;
  payload[2] = FOURCC_NUMBER >>> 16;
  payload[3] = FOURCC_NUMBER >>> 8;
  payload[4] = FOURCC_NUMBER;
}
