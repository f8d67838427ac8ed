import { ByteCursor } from "./byte_cursor.ts";
import { ChunkStreamId, MessageType, type RtmpMessage } from "./message.ts";

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
  /** One of {@linkcode UserControlEvent}, or another that a peer has made up, u16. */
  readonly event: number;
  /** A message stream or, in pings, a time of the sender's choice, u32. 0 where the event has none. */
  readonly value: number;
}

/** Makes the message that carries an event of one field, which are all but Set Buffer Length. */
export function userControlMessage({ event, value }: UserControl): RtmpMessage {
  const payload = new Uint8Array(6);
  const view = new DataView(payload.buffer);
  view.setUint16(0, event);
  view.setUint32(2, value);
  return {
    chunkStreamId: ChunkStreamId.Control,
    timestampMs: 0,
    streamId: 0,
    typeId: MessageType.UserControl,
    payload,
  };
}

/**
 * Reads a User Control message; undefined if `message` is of another type.
 *
 * @throws {RtmpError} If it is too short for an event of the specification.
 */
export function parseUserControl(message: RtmpMessage): UserControl | undefined {
  if (message.typeId !== MessageType.UserControl) return undefined;
  const cursor = new ByteCursor(message.payload, "A User Control message");
  const event = cursor.u16();
  const known = event <= UserControlEvent.PingResponse;
  return { event, value: known || cursor.left >= 4 ? cursor.u32() : 0 };
}
