import { RtmpError } from "../rtmp_error.ts";
import { ByteCursor } from "./byte_cursor.ts";
import { ChunkStreamId, MessageType, type RtmpMessage } from "./message.ts";

/** Limit types of Set Peer Bandwidth (RTMP 1.0, 5.4.5). */
export const BandwidthLimit = { Hard: 0, Soft: 1, Dynamic: 2 } as const;

/** Protocol control messages (RTMP 1.0, 5.4). Sizes are in bytes. */
export type ProtocolControl =
  | { readonly type: "set-chunk-size"; readonly chunkBytes: number }
  | { readonly type: "abort"; readonly chunkStreamId: number }
  | { readonly type: "acknowledgement"; readonly receivedBytes: number }
  | { readonly type: "window-acknowledgement-size"; readonly windowBytes: number }
  | { readonly type: "set-peer-bandwidth"; readonly windowBytes: number; readonly limit: number };

/** Events of User Control messages (RTMP 1.0, 7.1.7). */
export const UserControlEvent = {
  StreamBegin: 0,
  StreamEof: 1,
  StreamDry: 2,
  SetBufferLength: 3,
  StreamIsRecorded: 4,
  PingRequest: 6,
  PingResponse: 7,
} as const;

/** A User Control message. */
export interface UserControl {
  /** One of {@linkcode UserControlEvent}, or an unknown event, u16. */
  readonly event: number;
  /** A message stream id or, in pings, a timestamp of the sender, u32. 0 if the event has no value. */
  readonly value: number;
}

/**
 * Builds the message for `control`.
 *
 * @example
 * ```ts
 * import { protocolControlMessage } from "./control_messages.ts";
 *
 * const message = protocolControlMessage({ type: "set-chunk-size", chunkBytes: 4096 });
 * console.assert(message.typeId === 1 && message.payload.length === 4);
 * ```
 */
export function protocolControlMessage(control: ProtocolControl): RtmpMessage {
  switch (control.type) {
    case "set-chunk-size":
      return fieldMessage(MessageType.SetChunkSize, control.chunkBytes);
    case "abort":
      return fieldMessage(MessageType.Abort, control.chunkStreamId);
    case "acknowledgement":
      return fieldMessage(MessageType.Acknowledgement, control.receivedBytes);
    case "window-acknowledgement-size":
      return fieldMessage(MessageType.WindowAcknowledgementSize, control.windowBytes);
    case "set-peer-bandwidth":
      return fieldMessage(MessageType.SetPeerBandwidth, control.windowBytes, control.limit);
  }
}

/**
 * Parses a protocol control message. Returns undefined for messages of other types.
 *
 * @throws {RtmpError} If the message is too short or sets an invalid size.
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
 * @throws {RtmpError} If the size is 0 or its most significant bit is set.
 */
export function chunkSizeOf(payload: Uint8Array): number {
  const chunkBytes = new ByteCursor(payload, "A Set Chunk Size message").u32();
  if (chunkBytes < 1 || chunkBytes > 0x7fff_ffff) {
    throw new RtmpError(`Chunk size ${chunkBytes} is not allowed; 1 to 2147483647 are`);
  }
  return chunkBytes;
}

/**
 * Reads the payload of Abort (5.4.2): the chunk stream whose partial message is discarded.
 *
 * @throws {RtmpError} If the payload is too short.
 */
export function abortedChunkStreamOf(payload: Uint8Array): number {
  return new ByteCursor(payload, "An Abort message").u32();
}

/** Builds a User Control message with one value field, which is every event except Set Buffer Length. */
export function userControlMessage({ event, value }: UserControl): RtmpMessage {
  const payload = new Uint8Array(6);
  const view = new DataView(payload.buffer);
  view.setUint16(0, event);
  view.setUint32(2, value);
  return controlMessage(MessageType.UserControl, payload);
}

/**
 * Parses a User Control message. Returns undefined for messages of other types.
 *
 * @throws {RtmpError} If the message is too short for an event of the specification.
 */
export function parseUserControl(message: RtmpMessage): UserControl | undefined {
  if (message.typeId !== MessageType.UserControl) return undefined;
  const cursor = new ByteCursor(message.payload, "A User Control message");
  const event = cursor.u16();
  const known = event <= UserControlEvent.PingResponse;
  return { event, value: known || cursor.left >= 4 ? cursor.u32() : 0 };
}

function windowOf(cursor: ByteCursor): number {
  const windowBytes = cursor.u32();
  if (windowBytes === 0) throw new RtmpError("A window of 0 bytes is not allowed");
  return windowBytes;
}

function fieldMessage(typeId: number, value: number, limit?: number): RtmpMessage {
  const payload = new Uint8Array(limit === undefined ? 4 : 5);
  new DataView(payload.buffer).setUint32(0, value);
  if (limit !== undefined) payload[4] = limit;
  return controlMessage(typeId, payload);
}

/** Control messages use chunk stream 2 and message stream 0; their timestamp is ignored (5.4). */
function controlMessage(typeId: number, payload: Uint8Array): RtmpMessage {
  return { chunkStreamId: ChunkStreamId.Control, timestampMs: 0, typeId, streamId: 0, payload };
}
