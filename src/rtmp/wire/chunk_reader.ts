import { RtmpError } from "../rtmp_error.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { abortedChunkStreamOf, chunkSizeOf } from "./control_messages.ts";
import {
  DEFAULT_CHUNK_BYTES,
  EXTENDED_TIMESTAMP,
  MAX_MESSAGE_BYTES,
  MessageType,
  type RtmpMessage,
} from "./message.ts";

/** Limits of the memory that a peer can make a {@linkcode ChunkReader} allocate. */
export interface ChunkReaderLimits {
  /**
   * Bytes of one message, and of all partial messages together.
   *
   * @default 16777215
   */
  readonly maxMessageBytes?: number;
  /**
   * Number of chunk streams. Peers use about five.
   *
   * @default 64
   */
  readonly maxChunkStreams?: number;
}

/** Basic header of 3 bytes, message header of 11, extended timestamp of 4. */
const MAX_HEADER_BYTES = 18;
const MESSAGE_HEADER_BYTES = [11, 7, 3, 0] as const;
/** Memory allocated when a message begins. It grows with what arrives, not with the announced length. */
const INITIAL_PAYLOAD_BYTES = 16 * 1024;

interface ChunkStream {
  readonly id: number;
  timestampMs: number;
  /** Timestamp or timestamp delta of the last header that had one. */
  timestampField: number;
  extended: boolean;
  length: number;
  typeId: number;
  streamId: number;
  /** The bytes of the message so far; undefined between messages. */
  payload: ByteBuffer | undefined;
}

/**
 * Reassembles messages from chunks (RTMP 1.0, 5.3.1), however the bytes are split. Set Chunk Size
 * and Abort take effect immediately and are passed on like all messages.
 *
 * @example
 * ```ts
 * import { ByteBuffer } from "./byte_buffer.ts";
 * import { ChunkReader } from "./chunk_reader.ts";
 * import { ChunkWriter } from "./chunk_writer.ts";
 *
 * const reader = new ChunkReader((message) => console.assert(message.payload[0] === 7));
 * const buffer = new ByteBuffer();
 * const payload = Uint8Array.of(7);
 * const message = { chunkStreamId: 6, timestampMs: 40, typeId: 9, streamId: 1, payload };
 * new ChunkWriter().write(buffer, message);
 * reader.push(buffer.bytes);
 * ```
 */
export class ChunkReader {
  readonly #onMessage: (message: RtmpMessage) => void;
  readonly #maxMessageBytes: number;
  readonly #maxChunkStreams: number;
  readonly #streams = new Map<number, ChunkStream>();
  readonly #header = new Uint8Array(MAX_HEADER_BYTES);
  readonly #view = new DataView(this.#header.buffer);
  #headerBytes = 0;
  #chunkBytes = DEFAULT_CHUNK_BYTES;
  /** The chunk stream whose payload is being read; undefined while a header is being read. */
  #current: ChunkStream | undefined;
  #chunkLeft = 0;
  #partialBytes = 0;
  /** Whether the peer repeats extended timestamps in chunks of type 3; undefined if not known yet. */
  #repeatsExtended: boolean | undefined;

  /** Calls `onMessage` with every complete message. The payload may be kept. */
  constructor(onMessage: (message: RtmpMessage) => void, limits: ChunkReaderLimits = {}) {
    this.#onMessage = onMessage;
    this.#maxMessageBytes = limits.maxMessageBytes ?? MAX_MESSAGE_BYTES;
    this.#maxChunkStreams = limits.maxChunkStreams ?? 64;
  }

  /** Payload bytes of a full chunk from the peer. */
  get chunkBytes(): number {
    return this.#chunkBytes;
  }

  /**
   * Parses the next bytes of the connection. They may be reused afterwards.
   *
   * @throws {RtmpError} If the bytes are malformed or exceed the limits. The reader cannot be used any more.
   */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      at = this.#current === undefined ? this.#readHeader(bytes, at) : this.#readPayload(bytes, at);
    }
  }

  #readHeader(bytes: Uint8Array, from: number): number {
    let at = from;
    for (let needed = this.#neededHeaderBytes(); this.#headerBytes < needed;) {
      while (this.#headerBytes < needed) {
        const byte = bytes[at];
        if (byte === undefined) return at;
        this.#header[this.#headerBytes++] = byte;
        at += 1;
      }
      needed = this.#neededHeaderBytes();
    }
    this.#headerBytes = 0;
    this.#beginChunk();
    return at;
  }

  /** Returns the length of the header, as far as the bytes read so far determine it. */
  #neededHeaderBytes(): number {
    if (this.#headerBytes === 0) return 1;
    const basic = this.#basicBytes();
    if (this.#headerBytes < basic) return basic;
    const type = this.#chunkType();
    const fixed = basic + MESSAGE_HEADER_BYTES[type];
    if (this.#headerBytes < fixed) return fixed;
    const extended = type < 3
      ? this.#u24(basic) === EXTENDED_TIMESTAMP
      : this.#repeatsExtended !== false && this.#streams.get(this.#chunkStreamId())?.extended;
    return extended ? fixed + 4 : fixed;
  }

  #beginChunk(): void {
    const type = this.#chunkType();
    const stream = this.#streamOf(this.#chunkStreamId(), type);
    const begins = stream.payload === undefined;
    if (type < 3) {
      if (!begins) {
        const missing = missingBytes(stream);
        throw new RtmpError(
          `Chunk stream ${stream.id} begins a message with ${missing} bytes of the previous one missing`,
        );
      }
      this.#readMessageHeader(stream, type);
    } else if (stream.extended && this.#repeatsExtended !== false) {
      const at = this.#basicBytes();
      const field = this.#view.getUint32(at);
      if (begins) {
        stream.timestampField = field;
      } else if (this.#repeatsExtended === undefined) {
        this.#repeatsExtended = field === stream.timestampField || field === stream.timestampMs;
        if (!this.#repeatsExtended) {
          // Some peers do not repeat it: these four bytes are payload or the next header.
          this.#beginPayload(stream);
          this.push(this.#header.slice(at, at + 4));
          return;
        }
      }
    }
    if (begins) this.#beginMessage(stream, type);
    this.#beginPayload(stream);
  }

  #streamOf(id: number, type: number): ChunkStream {
    const known = this.#streams.get(id);
    if (known !== undefined) return known;
    // Type 1 is accepted too: librtmp begins the chunk stream of its pings with it.
    if (type > 1) {
      throw new RtmpError(
        `Chunk stream ${id} begins with a header of type ${type}; it must be type 0`,
      );
    }
    if (this.#streams.size >= this.#maxChunkStreams) {
      throw new RtmpError(`More than ${this.#maxChunkStreams} chunk streams are in use`);
    }
    const stream = {
      id,
      timestampMs: 0,
      timestampField: 0,
      extended: false,
      length: 0,
      typeId: 0,
      streamId: 0,
      payload: undefined,
    };
    this.#streams.set(id, stream);
    return stream;
  }

  #readMessageHeader(stream: ChunkStream, type: number): void {
    const at = this.#basicBytes();
    const field = this.#u24(at);
    stream.extended = field === EXTENDED_TIMESTAMP;
    stream.timestampField = stream.extended
      ? this.#view.getUint32(at + (MESSAGE_HEADER_BYTES[type] ?? 0))
      : field;
    if (type < 2) {
      stream.length = this.#u24(at + 3);
      stream.typeId = this.#view.getUint8(at + 6);
    }
    if (type === 0) stream.streamId = this.#view.getUint32(at + 7, true);
  }

  #beginMessage(stream: ChunkStream, type: number): void {
    // A type 3 header after type 0 repeats the absolute timestamp as the delta (5.3.1.2.4).
    stream.timestampMs = type === 0
      ? stream.timestampField
      : (stream.timestampMs + stream.timestampField) >>> 0;
    const most = this.#maxMessageBytes;
    if (stream.length > most) {
      throw new RtmpError(
        `A message of ${stream.length} bytes is announced; up to ${most} are accepted`,
        "rtmp_message_too_long",
      );
    }
    stream.payload = new ByteBuffer(INITIAL_PAYLOAD_BYTES, stream.length);
  }

  #beginPayload(stream: ChunkStream): void {
    const missing = missingBytes(stream);
    if (missing === 0) {
      this.#finish(stream);
      return;
    }
    this.#current = stream;
    this.#chunkLeft = Math.min(this.#chunkBytes, missing);
  }

  #readPayload(bytes: Uint8Array, from: number): number {
    const stream = this.#current;
    if (stream?.payload === undefined) return from;
    const length = Math.min(this.#chunkLeft, bytes.length - from);
    this.#partialBytes += length;
    if (this.#partialBytes > this.#maxMessageBytes) {
      throw new RtmpError(
        `Unfinished messages hold more than ${this.#maxMessageBytes} bytes`,
        "rtmp_message_too_long",
      );
    }
    stream.payload.copy(bytes, from, from + length);
    this.#chunkLeft -= length;
    if (this.#chunkLeft === 0) {
      this.#current = undefined;
      if (missingBytes(stream) === 0) this.#finish(stream);
    }
    return from + length;
  }

  #finish(stream: ChunkStream): void {
    const payload = stream.payload?.bytes ?? new Uint8Array();
    this.#discard(stream);
    const { id: chunkStreamId, timestampMs, typeId, streamId } = stream;
    if (typeId === MessageType.SetChunkSize) this.#chunkBytes = chunkSizeOf(payload);
    // A truncated Abort names no chunk stream. The receiver of the message decides what to do about it.
    if (typeId === MessageType.Abort && payload.length >= 4) {
      const aborted = this.#streams.get(abortedChunkStreamOf(payload));
      if (aborted !== undefined) this.#discard(aborted);
    }
    this.#onMessage({ chunkStreamId, timestampMs, typeId, streamId, payload });
  }

  #discard(stream: ChunkStream): void {
    this.#partialBytes -= stream.payload?.length ?? 0;
    stream.payload = undefined;
  }

  #chunkType(): 0 | 1 | 2 | 3 {
    return (this.#view.getUint8(0) >> 6) as 0 | 1 | 2 | 3;
  }

  #basicBytes(): number {
    const low = this.#view.getUint8(0) & 0x3f;
    return low === 0 ? 2 : low === 1 ? 3 : 1;
  }

  #chunkStreamId(): number {
    const low = this.#view.getUint8(0) & 0x3f;
    if (low > 1) return low;
    const second = 64 + this.#view.getUint8(1);
    return low === 0 ? second : second + 256 * this.#view.getUint8(2);
  }

  #u24(at: number): number {
    return this.#view.getUint8(at) * 0x1_0000 + this.#view.getUint16(at + 1);
  }
}

/** Bytes that the current message of a chunk stream still lacks. */
function missingBytes({ length, payload }: ChunkStream): number {
  return payload === undefined ? 0 : length - payload.length;
}
