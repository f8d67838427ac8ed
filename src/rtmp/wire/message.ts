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
 * Chunk stream ids. The specification fixes only that of protocol control (5.4); the others are
 * those that FFmpeg uses, so that what a server has seen of FFmpeg it sees here.
 */
export const ChunkStreamId = {
  Control: 2,
  Command: 3,
  Data: 4,
  Video: 6,
  StreamCommand: 8,
} as const;

/** A message, whole. */
export interface RtmpMessage {
  /** Chunk stream that carries it, 2 to 65,599. */
  readonly chunkStreamId: number;
  /** Milliseconds since a moment of the sender's choice, modulo 2^32. */
  readonly timestampMs: number;
  /** What it is: one of {@linkcode MessageType}, 0 to 255. */
  readonly typeId: number;
  /** Message stream that it belongs to, u32; 0 is the connection itself. */
  readonly streamId: number;
  /** Its content, up to 16,777,215 bytes. */
  readonly payload: Uint8Array;
}

/** Chunk size in both directions until one side sets another (5.4.1). */
export const DEFAULT_CHUNK_BYTES = 128;

/** Longest message: its length is a field of 24 bits. */
export const MAX_MESSAGE_BYTES = 0xff_ffff;

/** Where a timestamp of 24 bits says that one of 32 bits follows (5.3.1.3). */
export const EXTENDED_TIMESTAMP = 0xff_ffff;
