/** Message type ids (RTMP 1.0, 5.4, 6.2 and 7.1). */
export const MessageType = {
  SetChunkSize: 1,
  Abort: 2,
  Acknowledgement: 3,
  UserControl: 4,
  WindowAcknowledgementSize: 5,
  SetPeerBandwidth: 6,
  Audio: 8,
  Video: 9,
  DataAmf3: 15,
  CommandAmf3: 17,
  Data: 18,
  Command: 20,
} as const;

/**
 * Chunk stream ids. The specification defines only the one of protocol control (5.4). The others are
 * FFmpeg's, for compatibility with servers that were tested with FFmpeg.
 */
export const ChunkStreamId = {
  Control: 2,
  Command: 3,
  Data: 4,
  Video: 6,
  StreamCommand: 8,
} as const;

/** A complete message. */
export interface RtmpMessage {
  /** Chunk stream that carries it, 2 to 65,599. */
  readonly chunkStreamId: number;
  /** Milliseconds since an arbitrary moment, modulo 2^32. */
  readonly timestampMs: number;
  /** One of {@linkcode MessageType}, or an unknown type, 0 to 255. */
  readonly typeId: number;
  /** Message stream of the message, u32. 0 is the connection itself. */
  readonly streamId: number;
  /** Content, up to 16,777,215 bytes. */
  readonly payload: Uint8Array;
}

/** Chunk size in both directions until one side sets another (5.4.1). */
export const DEFAULT_CHUNK_BYTES = 128;

/** Longest message: the length is a 24-bit field. */
export const MAX_MESSAGE_BYTES = 0xff_ffff;

/** Value of the 24-bit timestamp field that announces a 32-bit one (5.3.1.3). */
export const EXTENDED_TIMESTAMP = 0xff_ffff;
