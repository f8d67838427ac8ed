import type { Codec } from "../../bitstream/codec.ts";
import type { CodedFormat } from "../../bitstream/coded_format.ts";
import { lengthPrefixedBytes, writeLengthPrefixed } from "../../bitstream/length_prefixed.ts";
import type { NalIndex } from "../../bitstream/nal_units.ts";
import type { AmfObject } from "../amf0/amf0.ts";
import { MAX_MESSAGE_BYTES } from "../wire/message.ts";
import { RtmpError } from "../rtmp_error.ts";

/** Format of RTMP video messages. */
export type VideoFormat = "h264" | "h265-enhanced" | "h265-domestic";

/** Initial size of a payload buffer: enough for most key frames of 720p video. */
const INITIAL_PAYLOAD_BYTES = 256 * 1024;

/** Reusable memory for one message payload at a time, so that nothing is allocated per frame. */
export class PayloadBuffer {
  #memory: Uint8Array<ArrayBuffer>;

  /**
   * Creates a buffer.
   *
   * @param initialBytes Bytes to allocate now. The buffer grows as needed.
   */
  constructor(initialBytes: number = INITIAL_PAYLOAD_BYTES) {
    this.#memory = new Uint8Array(initialBytes);
  }

  /** Returns `bytes` bytes with undefined content. They are valid until the next call. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes > this.#memory.length) {
      this.#memory = new Uint8Array(Math.max(bytes, 2 * this.#memory.length));
    }
    return this.#memory.subarray(0, bytes);
  }
}

/**
 * Packages the video messages of one format. A session sends a sequence header before its first frame,
 * which is a key frame, and again whenever the parameter sets change. An end of sequence closes the stream.
 *
 * A packaging is stateless and can be shared by sessions.
 */
export interface VideoPackaging {
  /** The format. */
  readonly format: VideoFormat;
  /** Codec of the access units. */
  readonly codec: Codec;
  /** `videocodecid` of `onMetaData`. */
  readonly metadataCodecId: number;
  /** Additional properties of the command object of `connect`. */
  readonly connectProperties: AmfObject;

  /**
   * Returns the message with the decoder configuration record.
   *
   * @returns A newly allocated payload.
   */
  sequenceHeader(format: Pick<CodedFormat, "configurationRecord">): Uint8Array<ArrayBuffer>;

  /**
   * Returns the message with an access unit. The bytes are copied once. Parameter sets and access unit
   * delimiters are omitted.
   *
   * @param keyFrame Whether decoding can start here.
   * @param compositionTimeMs Presentation time minus decoding time, a signed 24-bit number.
   * @param buffer Memory for the payload.
   * @returns A view of `buffer`, valid until its next use.
   * @throws {RtmpError} If the access unit has no NAL unit to send or is too large for a message, or the
   * composition time is out of range. The stream can continue with a key frame.
   */
  frame(
    units: NalIndex,
    keyFrame: boolean,
    compositionTimeMs: number,
    buffer: PayloadBuffer,
  ): Uint8Array<ArrayBuffer>;

  /**
   * Returns the message that ends the stream.
   *
   * @returns A newly allocated payload.
   */
  sequenceEnd(): Uint8Array<ArrayBuffer>;
}

/**
 * Takes memory for a header and an access unit, and writes the access unit after the header.
 *
 * @throws {RtmpError} If the access unit has no NAL unit to send, or is too large for a message.
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
      `Cannot send an access unit of ${units.data.length} bytes: it has no NAL unit of a picture`,
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
 * Writes a composition time as SI24.
 *
 * @throws {RtmpError} If it is out of range.
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
