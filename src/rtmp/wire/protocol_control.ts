import { ByteCursor } from "./byte_cursor.ts";
import { ChunkStreamId, MessageType, type RtmpMessage } from "./message.ts";
import { RtmpError } from "../rtmp_error.ts";

/** How firm a limit on our output is (RTMP 1.0, 5.4.5). */
export const BandwidthLimit = { Hard: 0, Soft: 1, Dynamic: 2 } as const;

/** Protocol control messages (RTMP 1.0, 5.4). Sizes are bytes. */
export type ProtocolControl =
  | { readonly type: "set-chunk-size"; readonly chunkBytes: number }
  | { readonly type: "abort"; readonly chunkStreamId: number }
  | { readonly type: "acknowledgement"; readonly receivedBytes: number }
  | { readonly type: "window-acknowledgement-size"; readonly windowBytes: number }
  | { readonly type: "set-peer-bandwidth"; readonly windowBytes: number; readonly limit: number };

/**
 * Makes the message that carries `control`.
 *
 * @example
 * ```ts
 * import { protocolControlMessage } from "./protocol_control.ts";
 *
 * const message = protocolControlMessage({ type: "set-chunk-size", chunkBytes: 4096 });
 * console.assert(message.typeId === 1 && message.payload.length === 4);
 * ```
 */
export function protocolControlMessage(control: ProtocolControl): RtmpMessage {
  switch (control.type) {
    case "set-chunk-size":
      return message(MessageType.SetChunkSize, control.chunkBytes);
    case "abort":
      return message(MessageType.Abort, control.chunkStreamId);
    case "acknowledgement":
      // Counts all bytes since the beginning and wraps.
      return message(MessageType.Acknowledgement, control.receivedBytes);
    case "window-acknowledgement-size":
      return message(MessageType.WindowAcknowledgementSize, control.windowBytes);
    case "set-peer-bandwidth":
      return message(MessageType.SetPeerBandwidth, control.windowBytes, control.limit);
  }
}

/**
 * Reads a protocol control message; undefined if `message` is of another type.
 *
 * @throws {RtmpError} If it is too short, or sets a size that is not allowed.
 */
export function parseProtocolControl(message: RtmpMessage): ProtocolControl | undefined {
  const { typeId, payload } = message;
  switch (typeId) {
    case MessageType.SetChunkSize:
      return { type: "set-chunk-size", chunkBytes: chunkSizeOf(payload) };
    case MessageType.Abort:
      return { type: "abort", chunkStreamId: abortedChunkStreamOf(payload) };
    case MessageType.Acknowledgement:
      return {
        type: "acknowledgement",
        receivedBytes: new ByteCursor(payload, "An Acknowledgement").u32(),
      };
    case MessageType.WindowAcknowledgementSize:
      return {
        type: "window-acknowledgement-size",
        windowBytes: windowOf(new ByteCursor(payload, "A Window Acknowledgement Size message")),
      };
    case MessageType.SetPeerBandwidth: {
      const cursor = new ByteCursor(payload, "A Set Peer Bandwidth message");
      return { type: "set-peer-bandwidth", windowBytes: windowOf(cursor), limit: cursor.u8() };
    }
    default:
      return undefined;
  }
}

/**
 * Reads the payload of Set Chunk Size (5.4.1).
 *
 * @throws {RtmpError} If the size is 0 or has its first bit set.
 */
export function chunkSizeOf(payload: Uint8Array): number {
  const chunkBytes = new ByteCursor(payload, "A Set Chunk Size message").u32();
  if (chunkBytes < 1 || chunkBytes > 0x7fff_ffff) {
    throw new RtmpError(`Chunk size ${chunkBytes} is not allowed; 1 to 2147483647 are`);
  }
  return chunkBytes;
}

/**
 * Reads the payload of Abort (5.4.2): the chunk stream whose unfinished message is dropped.
 *
 * @throws {RtmpError} If it is too short.
 */
export function abortedChunkStreamOf(payload: Uint8Array): number {
  return new ByteCursor(payload, "An Abort message").u32();
}

function windowOf(cursor: ByteCursor): number {
  const windowBytes = cursor.u32();
  if (windowBytes === 0) throw new RtmpError("A window of 0 bytes is not allowed");
  return windowBytes;
}

function message(typeId: number, value: number, limit?: number): RtmpMessage {
  const payload = new Uint8Array(limit === undefined ? 4 : 5);
  new DataView(payload.buffer).setUint32(0, value);
  if (limit !== undefined) payload[4] = limit;
  // 5.4: chunk stream 2, message stream 0, and the timestamp is ignored.
  return { chunkStreamId: ChunkStreamId.Control, timestampMs: 0, typeId, streamId: 0, payload };
}
