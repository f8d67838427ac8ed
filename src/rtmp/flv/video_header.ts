import { RtmpError } from "../rtmp_error.ts";
import {
  AvcPacketType,
  EX_HEADER,
  FOURCC_HEVC,
  FrameType,
  VideoCodecId,
  VideoPacketType,
} from "./video_constants.ts";
import type { VideoFormat } from "./video_packaging.ts";

/** Kind of a video message, independent of the format. */
export type VideoMessageKind = "sequence-header" | "frame" | "sequence-end" | "metadata";

/** Header of a video message. */
export interface VideoHeader {
  /** Format of the message. */
  readonly format: VideoFormat;
  /** Kind of the message. */
  readonly kind: VideoMessageKind;
  /** Whether the frame type is that of a key frame. */
  readonly keyFrame: boolean;
  /** Presentation time minus decoding time in milliseconds; 0 except in frames. */
  readonly compositionTimeMs: number;
  /** Offset of the body in the payload. */
  readonly bodyOffset: number;
}

/** Code of the {@linkcode RtmpError} for well-formed video in an unsupported format. */
export const UNSUPPORTED_VIDEO = "unsupported_video";

/**
 * Parses the header of a video message (FLV 10.1, E.4.3.1; Enhanced RTMP v2, Enhanced Video).
 *
 * @throws {RtmpError} If the message is truncated or a value is out of range; with code
 * {@linkcode UNSUPPORTED_VIDEO} if the codec, FourCC or packet type is not supported.
 */
export function parseVideoHeader(payload: Uint8Array): VideoHeader {
  const first = byteAt(payload, 0);
  return (first & EX_HEADER) === 0
    ? legacyHeader(payload, first)
    : enhancedHeader(payload, first & ~EX_HEADER);
}

function legacyHeader(payload: Uint8Array, first: number): VideoHeader {
  const codecId = first & 15;
  const format = LEGACY_FORMATS.get(codecId);
  if (format === undefined) {
    throw new RtmpError(
      `A video message has codec id ${codecId}; 7 (H.264) and 12 (H.265) are supported`,
      UNSUPPORTED_VIDEO,
    );
  }
  const packetType = byteAt(payload, 1);
  const kind = LEGACY_KINDS.get(packetType);
  if (kind === undefined) {
    throw new RtmpError(`A video message has AVCPacketType ${packetType}; 0 to 2 are allowed`);
  }
  const compositionTimeMs = signed24At(payload, 2);
  if (kind !== "frame" && compositionTimeMs !== 0) {
    throw new RtmpError(
      `A video message without a frame has composition time ${compositionTimeMs}; it must be 0`,
    );
  }
  const keyFrame = isKey(first >> 4, kind);
  return { format, kind, keyFrame, compositionTimeMs, bodyOffset: 5 };
}

function enhancedHeader(payload: Uint8Array, first: number): VideoHeader {
  const packetType = first & 15;
  const fourCc = String.fromCharCode(...[1, 2, 3, 4].map((offset) => byteAt(payload, offset)));
  if (fourCc !== FOURCC_HEVC) {
    throw new RtmpError(
      `A video message has FourCC ${JSON.stringify(fourCc)}; "${FOURCC_HEVC}" is supported`,
      UNSUPPORTED_VIDEO,
    );
  }
  const kind = ENHANCED_KINDS.get(packetType);
  if (kind === undefined) {
    throw new RtmpError(
      `A video message has VideoPacketType ${packetType}; 0 to 4 are supported`,
      UNSUPPORTED_VIDEO,
    );
  }
  // In Enhanced RTMP, the frame type of metadata is ignored.
  const keyFrame = kind !== "metadata" && isKey(first >> 4, kind);
  const timed = packetType === VideoPacketType.CodedFrames;
  return {
    format: "h265-enhanced",
    kind,
    keyFrame,
    compositionTimeMs: timed ? signed24At(payload, 5) : 0,
    bodyOffset: timed ? 8 : 5,
  };
}

const LEGACY_FORMATS: ReadonlyMap<number, VideoFormat> = new Map<number, VideoFormat>([
  [VideoCodecId.Avc, "h264"],
  [VideoCodecId.Hevc, "h265-domestic"],
]);

const LEGACY_KINDS: ReadonlyMap<number, VideoMessageKind> = new Map<number, VideoMessageKind>([
  [AvcPacketType.SequenceHeader, "sequence-header"],
  [AvcPacketType.NalUnits, "frame"],
  [AvcPacketType.EndOfSequence, "sequence-end"],
]);

const ENHANCED_KINDS: ReadonlyMap<number, VideoMessageKind> = new Map<number, VideoMessageKind>([
  [VideoPacketType.SequenceStart, "sequence-header"],
  [VideoPacketType.CodedFrames, "frame"],
  [VideoPacketType.SequenceEnd, "sequence-end"],
  [VideoPacketType.CodedFramesX, "frame"],
  [VideoPacketType.Metadata, "metadata"],
]);

function isKey(frameType: number, kind: VideoMessageKind): boolean {
  const key = frameType === FrameType.Key;
  if (key || (kind !== "sequence-header" && frameType === FrameType.Inter)) return key;
  throw new RtmpError(
    `A video message (${kind}) has frame type ${frameType}; ` +
      (kind === "sequence-header" ? "1 (key) is allowed" : "1 (key) and 2 (inter) are allowed"),
  );
}

function byteAt(payload: Uint8Array, offset: number): number {
  const byte = payload[offset];
  if (byte === undefined) {
    throw new RtmpError(`A video message ends after ${payload.length} bytes, within its header`);
  }
  return byte;
}

function signed24At(payload: Uint8Array, offset: number): number {
  const [high, middle, low] = [0, 1, 2].map((i) => byteAt(payload, offset + i));
  return (high! << 24 | middle! << 16 | low! << 8) >> 8;
}
