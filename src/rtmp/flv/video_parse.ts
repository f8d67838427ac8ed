import { type AvcConfiguration, parseAvcConfiguration } from "../../bitstream/avc_configuration.ts";
import { BitstreamError } from "../../bitstream/bitstream_error.ts";
import type { Codec } from "../../bitstream/codec.ts";
import {
  type HevcConfiguration,
  parseHevcConfiguration,
} from "../../bitstream/hevc_configuration.ts";
import {
  isInBand,
  NAL_LENGTH_BYTES,
  parseLengthPrefixed,
} from "../../bitstream/length_prefixed.ts";
import { nalKind } from "../../bitstream/nal_kind.ts";
import { checkNalUnit } from "../../bitstream/nal_unit_check.ts";
import type { AmfValue } from "../amf0/amf0.ts";
import { decodeAmf0 } from "../amf0/amf0_decode.ts";
import { RtmpError } from "../rtmp_error.ts";
import { parseVideoHeader, type VideoHeader } from "./video_header.ts";
import type { VideoFormat } from "./video_packaging.ts";

/** A sequence header: the decoder configuration, sent before the first frame. */
export interface VideoSequenceHeader {
  /** Discriminant. */
  readonly kind: "sequence-header";
  /** Format of the message. */
  readonly format: VideoFormat;
  /** The decoder configuration record. Its parameter sets are views into the payload. */
  readonly configuration: AvcConfiguration | HevcConfiguration;
}

/** A frame: one access unit. */
export interface VideoFrame {
  /** Discriminant. */
  readonly kind: "frame";
  /** Format of the message. */
  readonly format: VideoFormat;
  /** Whether decoding can start here, according to both frame type and NAL units. */
  readonly keyFrame: boolean;
  /** Presentation time minus decoding time in milliseconds. */
  readonly compositionTimeMs: number;
  /** The NAL units, as views into the payload. */
  readonly nalUnits: readonly Uint8Array[];
}

/** The end of the stream. */
export interface VideoSequenceEnd {
  /** Discriminant. */
  readonly kind: "sequence-end";
  /** Format of the message. */
  readonly format: VideoFormat;
}

/** Picture metadata of Enhanced RTMP, such as `colorInfo`. */
export interface VideoMetadata {
  /** Discriminant. */
  readonly kind: "metadata";
  /** Format of the message. */
  readonly format: VideoFormat;
  /** Alternating names and values. */
  readonly values: readonly AmfValue[];
}

/** A parsed video message. */
export type VideoMessage = VideoSequenceHeader | VideoFrame | VideoSequenceEnd | VideoMetadata;

/**
 * Parses a video message strictly. All fields must be in range, the configuration record complete, and the
 * frame type consistent with the NAL units. NAL units must fill the frame exactly, and parameter sets and
 * delimiters must not be among them. NAL unit lengths must have 4 bytes: every publisher sends them, and
 * some servers support nothing else.
 *
 * @param payload Content of the message. The result has views into it.
 * @throws {RtmpError} If any of these checks fails; see {@linkcode parseVideoHeader}.
 */
export function parseVideoMessage(payload: Uint8Array): VideoMessage {
  const header = parseVideoHeader(payload);
  const body = payload.subarray(header.bodyOffset);
  try {
    return parseBody(header, body);
  } catch (error) {
    if (!(error instanceof BitstreamError)) throw error;
    throw new RtmpError(
      `A video message (${header.format} ${header.kind}) is malformed: ${error.message}`,
      "malformed_video",
      error,
    );
  }
}

function parseBody(header: VideoHeader, body: Uint8Array): VideoMessage {
  const { kind, format } = header;
  switch (kind) {
    case "sequence-header":
      return { kind, format, configuration: parseConfiguration(format, body) };
    case "frame":
      return parseFrame(header, body);
    case "sequence-end":
      if (body.length > 0) {
        throw new BitstreamError(`it has a body of ${body.length} bytes; none is allowed`);
      }
      return { kind, format };
    case "metadata":
      return { kind, format, values: decodeAmf0(body) };
  }
}

function parseConfiguration(
  format: VideoFormat,
  record: Uint8Array,
): AvcConfiguration | HevcConfiguration {
  const parse = format === "h264" ? parseAvcConfiguration : parseHevcConfiguration;
  const configuration = parse(record);
  if (configuration.nalLengthBytes !== NAL_LENGTH_BYTES) {
    throw new BitstreamError(
      `it announces NAL unit lengths of ${configuration.nalLengthBytes} bytes; ` +
        `${NAL_LENGTH_BYTES} are expected`,
    );
  }
  return configuration;
}

function parseFrame(header: VideoHeader, body: Uint8Array): VideoFrame {
  const { format, keyFrame, compositionTimeMs } = header;
  const codec: Codec = format === "h264" ? "h264" : "h265";
  const nalUnits = parseLengthPrefixed(body);
  const kinds = nalUnits.map((nal) => {
    checkNalUnit(codec, nal);
    const kind = nalKind(codec, nal[0]!);
    if (!isInBand(codec, nal[0]!)) {
      throw new BitstreamError(`it has a NAL unit that belongs out of band (${kind})`);
    }
    return kind;
  });
  const startsDecoding = kinds.includes("key-slice");
  if (!startsDecoding && !kinds.includes("slice")) {
    throw new BitstreamError(`none of its ${nalUnits.length} NAL units is a slice of a picture`);
  }
  if (keyFrame !== startsDecoding) {
    throw new BitstreamError(
      keyFrame
        ? "its frame type is that of a key frame, but decoding cannot start at its picture"
        : "its frame type is not that of a key frame, but its picture is one",
    );
  }
  return { kind: "frame", format, keyFrame, compositionTimeMs, nalUnits };
}
