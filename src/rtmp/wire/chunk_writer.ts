import type { ByteBuffer } from "./byte_buffer.ts";
import {
  DEFAULT_CHUNK_BYTES,
  EXTENDED_TIMESTAMP,
  MAX_MESSAGE_BYTES,
  MessageType,
  type RtmpMessage,
} from "./message.ts";
import { chunkSizeOf } from "./control_messages.ts";
import { RtmpError } from "../rtmp_error.ts";

/** Largest chunk stream id: 64 plus two bytes (RTMP 1.0, 5.3.1.1). */
export const MAX_CHUNK_STREAM_ID = 65_599;

interface ChunkStream {
  readonly streamId: number;
  timestampMs: number;
  length: number;
  typeId: number;
  /** Timestamp delta that a type 3 header repeats; -1 if readers disagree about it. */
  repeatedDelta: number;
}

/**
 * Splits messages into chunks (RTMP 1.0, 5.3.1). The first message of a chunk stream has a full
 * header (type 0), later messages have the shortest possible header (types 1, 2, 3).
 *
 * ```text
 * |fmt|   cs id   |  (64 + one or two more bytes)                 |
 * |                   timestamp                   |message length |
 * |     message length (cont)     |message type id| msg stream id |
 * |           message stream id (cont), little-endian             |
 * |        extended timestamp, if the timestamp is 0xffffff       |
 * ```
 */
export class ChunkWriter {
  readonly #streams = new Map<number, ChunkStream>();
  #chunkBytes = DEFAULT_CHUNK_BYTES;

  /** Payload bytes of a full chunk. Writing a Set Chunk Size message changes it. */
  get chunkBytes(): number {
    return this.#chunkBytes;
  }

  /**
   * Appends the chunks of `message` to `buffer` and copies its payload.
   *
   * @throws {RtmpError} If the payload is longer than 16,777,215 bytes, or the chunk stream id is
   * outside 2 to {@linkcode MAX_CHUNK_STREAM_ID}. Nothing is written then.
   */
  write(buffer: ByteBuffer, message: RtmpMessage): void {
    const { chunkStreamId, payload } = message;
    checkMessage(message);
    const newChunkBytes = message.typeId === MessageType.SetChunkSize ? chunkSizeOf(payload) : 0;
    const chunks = Math.ceil(payload.length / this.#chunkBytes);
    buffer.reserve(payload.length + 18 + 7 * chunks);
    const extended = this.#writeHeader(buffer, message);
    for (let start = 0; start < payload.length; start += this.#chunkBytes) {
      if (start > 0) {
        writeBasicHeader(buffer, 3, chunkStreamId);
        // Later versions of the specification repeat it (5.3.1.3). FFmpeg and librtmp always did.
        if (extended) buffer.u32(message.timestampMs);
      }
      buffer.copy(payload, start, Math.min(start + this.#chunkBytes, payload.length));
    }
    if (newChunkBytes > 0) this.#chunkBytes = newChunkBytes;
  }

  /** Returns whether the timestamp is an extended one. */
  #writeHeader(buffer: ByteBuffer, message: RtmpMessage): boolean {
    const { chunkStreamId, typeId, streamId, payload: { length } } = message;
    const timestampMs = message.timestampMs >>> 0;
    const stream = this.#streams.get(chunkStreamId);
    const delta = stream === undefined ? 0 : (timestampMs - stream.timestampMs) >>> 0;
    // Peers disagree about extended and negative deltas. All of them understand the absolute
    // timestamp of type 0.
    if (stream === undefined || stream.streamId !== streamId || delta >= EXTENDED_TIMESTAMP) {
      this.#streams.set(chunkStreamId, {
        streamId,
        timestampMs,
        length,
        typeId,
        // After type 0, a type 3 header repeats the timestamp as the delta according to the
        // specification, but has a delta of 0 in nginx-rtmp: they agree only if it is 0.
        repeatedDelta: timestampMs === 0 ? 0 : -1,
      });
      return writeFullHeader(buffer, message);
    }
    const sameShape = stream.length === length && stream.typeId === typeId;
    const type = !sameShape ? 1 : stream.repeatedDelta !== delta ? 2 : 3;
    stream.timestampMs = timestampMs;
    stream.length = length;
    stream.typeId = typeId;
    stream.repeatedDelta = delta;
    writeBasicHeader(buffer, type, chunkStreamId);
    if (type <= 2) buffer.u24(delta);
    if (type === 1) writeShape(buffer, length, typeId);
    return false;
  }
}

function checkMessage({ chunkStreamId, payload }: RtmpMessage): void {
  if (payload.length > MAX_MESSAGE_BYTES) {
    throw new RtmpError(
      `An RTMP message has ${payload.length} bytes; up to ${MAX_MESSAGE_BYTES} are allowed`,
      "rtmp_message_too_long",
    );
  }
  if (!(chunkStreamId >= 2 && chunkStreamId <= MAX_CHUNK_STREAM_ID)) {
    throw new RtmpError(
      `Chunk stream id ${chunkStreamId} is not allowed; 2 to ${MAX_CHUNK_STREAM_ID} are`,
    );
  }
}

function writeFullHeader(buffer: ByteBuffer, message: RtmpMessage): boolean {
  const timestampMs = message.timestampMs >>> 0;
  const extended = timestampMs >= EXTENDED_TIMESTAMP;
  writeBasicHeader(buffer, 0, message.chunkStreamId);
  buffer.u24(extended ? EXTENDED_TIMESTAMP : timestampMs);
  writeShape(buffer, message.payload.length, message.typeId);
  buffer.u32le(message.streamId);
  if (extended) buffer.u32(timestampMs);
  return extended;
}

function writeShape(buffer: ByteBuffer, length: number, typeId: number): void {
  buffer.u24(length);
  buffer.u8(typeId);
}

function writeBasicHeader(buffer: ByteBuffer, type: number, chunkStreamId: number): void {
  const format = type << 6;
  if (chunkStreamId < 64) {
    buffer.u8(format | chunkStreamId);
  } else if (chunkStreamId < 320) {
    buffer.u8(format);
    buffer.u8(chunkStreamId - 64);
  } else {
    buffer.u8(format | 1);
    buffer.u8(chunkStreamId - 64);
    buffer.u8((chunkStreamId - 64) >> 8);
  }
}
