import type { Codec } from "../../bitstream/codec.ts";
import type { CodedFormat } from "../../bitstream/coded_format.ts";
import { lengthPrefixedBytes, writeLengthPrefixed } from "../../bitstream/length_prefixed.ts";
import type { NalIndex } from "../../bitstream/nal_units.ts";
import type { AmfObject } from "../amf0/amf0.ts";
import { MAX_MESSAGE_BYTES } from "../wire/message.ts";
import type { PayloadBuffer } from "../wire/payload_buffer.ts";
import { RtmpError } from "../rtmp_error.ts";

/** How coded video is put into RTMP video messages. */
export type VideoFormat = "h264" | "h265-enhanced" | "h265-domestic";

/**
 * The video messages of one format. A session sends a sequence header before its first frame and
 * again whenever the parameter sets change; frames begin with a key frame; an end of sequence
 * closes the stream.
 *
 * A packaging has no state: one serves any number of sessions.
 */
export interface VideoPackaging {
  /** The format. */
  readonly format: VideoFormat;
  /** Codec of the access units. */
  readonly codec: Codec;
  /** `videocodecid` of `onMetaData`. */
  readonly metadataCodecId: number;
  /** What the command object of `connect` says besides the usual. */
  readonly connectProperties: AmfObject;

  /**
   * The message with the decoder configuration record.
   *
   * @returns A payload of its own.
   */
  sequenceHeader(format: Pick<CodedFormat, "configurationRecord">): Uint8Array<ArrayBuffer>;

  /**
   * The message with an access unit. Its bytes are copied once; parameter sets and access unit
   * delimiters are left out.
   *
   * @param keyFrame Whether decoding can start here.
   * @param compositionTimeMs Presentation time less decoding time, a signed number of 24 bits.
   * @param buffer Memory for the payload.
   * @returns A view of `buffer`, valid until the next payload is put there.
   * @throws {RtmpError} If nothing of the access unit is left, it is too large for a message, or
   * the composition time is out of range. The stream may go on with a key frame.
   */
  frame(
    units: NalIndex,
    keyFrame: boolean,
    compositionTimeMs: number,
    buffer: PayloadBuffer,
  ): Uint8Array<ArrayBuffer>;

  /**
   * The message that ends the stream.
   *
   * @returns A payload of its own.
   */
  sequenceEnd(): Uint8Array<ArrayBuffer>;
}

/**
 * Takes room for a header and an access unit behind it, and writes the access unit.
 *
 * @throws {RtmpError} If nothing of the access unit is left, or it is too large for a message.
 */
export function takeFrame(
  codec: Codec,
  headerBytes: number,
  units: NalIndex,
  buffer: PayloadBuffer,
): Uint8Array<ArrayBuffer> {
  const bytes = lengthPrefixedBytes(codec, units);
  if (bytes === 0) {
    throw new RtmpError(
      `Cannot send an access unit of ${units.data.length} bytes: no NAL unit of a picture is in it`,
      "empty_access_unit",
    );
  }
  if (headerBytes + bytes > MAX_MESSAGE_BYTES) {
    throw new RtmpError(
      `Cannot send an access unit of ${bytes} bytes: an RTMP message holds ${MAX_MESSAGE_BYTES}`,
      "access_unit_too_large",
    );
  }
  const payload = buffer.take(headerBytes + bytes);
  writeLengthPrefixed(codec, units, payload, headerBytes);
  return payload;
}

/**
 * Writes a composition time, SI24.
 *
 * @throws {RtmpError} If it does not fit.
 */
export function writeCompositionTime(payload: Uint8Array, offset: number, ms: number): void {
  if (!(Number.isInteger(ms) && ms >= -0x80_0000 && ms <= 0x7f_ffff)) {
    throw new RtmpError(
      `Cannot send a frame whose composition time is ${ms} ms: -8388608 to 8388607 are allowed`,
      "composition_time_out_of_range",
    );
  }
  payload[offset] = ms >> 16;
  payload[offset + 1] = ms >> 8;
  payload[offset + 2] = ms;
}
