/** WebSocket subprotocol of the messages. */
export const LIVE_PROTOCOL = "cvmmap.live.1";

/** Size of the header of a binary message in bytes. */
export const LIVE_HEADER_BYTES = 24;

/** Bits of the flags in the header. */
export const LiveFlag = { KeyFrame: 1 } as const;

/**
 * Offsets in the header of a binary message; all numbers are big-endian. The access unit follows: NAL units, each after
 * its length in 4 bytes (ISO/IEC 14496-15), without parameter sets, which are in the format message.
 */
export const LIVE_HEADER = {
  /** u32: bits of {@linkcode LiveFlag}; the others are 0. */
  flags: 0,
  /** u32: the producer's number of the frame. */
  frameNumber: 4,
  /** u64: capture time, Unix time in microseconds. */
  captureUnixUs: 8,
  /** u64: presentation time in microseconds since the start of the stream. */
  ptsUs: 16,
} as const;

/** The text message before the first access unit of a format, as JSON. */
export interface LiveFormat {
  readonly type: "format";
  /** For `VideoDecoderConfig.codec`, for example `avc1.42C01E` (RFC 6381). */
  readonly codec: string;
  /** Size of the picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** Frames per second, if known. */
  readonly frameRate?: number;
  /** Decoder configuration record, `avcC` or `hvcC`, as Base64: for `VideoDecoderConfig.description`. */
  readonly description: string;
}
