import type { AmfValue } from "../amf0/amf0.ts";
import { decodeAmf0, decodeAmf0Start } from "../amf0/amf0_decode.ts";
import { encodeAmf0 } from "../amf0/amf0_encode.ts";
import { ChunkStreamId, MessageType, type RtmpMessage } from "./message.ts";
import { RtmpError } from "../rtmp_error.ts";

/** A remote call or the answer to one (RTMP 1.0, 7.2). */
export interface Command {
  /** What to do, or `_result` or `_error`, or `onStatus`. */
  readonly name: string;
  /** Number of the call, which its answer repeats; 0 where no answer is expected, or none was sent. */
  readonly transactionId: number;
  /** Properties of the command; null where it has none. */
  readonly object: AmfValue;
  /** What follows. */
  readonly args: readonly AmfValue[];
}

/** Makes the message that carries `command`, for the connection (stream 0) or a message stream. */
export function commandMessage(command: Command, streamId = 0): RtmpMessage {
  const { name, transactionId, object, args } = command;
  return {
    chunkStreamId: streamId === 0 ? ChunkStreamId.Command : ChunkStreamId.StreamCommand,
    timestampMs: 0,
    typeId: MessageType.Command,
    streamId,
    payload: encodeAmf0([name, transactionId, object, ...args]),
  };
}

/**
 * Reads a command message; undefined if `message` is of another type.
 *
 * @throws {RtmpError} If it is malformed.
 */
export function parseCommand(message: RtmpMessage): Command | undefined {
  const amf0 = amf0Of(message);
  if (amf0 === undefined) return undefined;
  // FFmpeg as server answers FCPublish with nothing but a name.
  const [name, transactionId = 0, object = null, ...args] = decodeAmf0(amf0);
  if (typeof name !== "string") {
    throw new RtmpError("An RTMP command begins with its name, and there is none");
  }
  if (typeof transactionId !== "number") {
    throw new RtmpError("An RTMP command has a number behind its name, and here is something else");
  }
  return { name, transactionId, object, args };
}

/** A command of a peer that need not be right in all of it. */
export interface ReadCommand {
  /** As much of it as can be read; undefined where not even its name can, or it is no command. */
  readonly command?: Command;
  /** What cannot be read, or should not be there. */
  readonly flaw?: RtmpError;
}

/**
 * Reads what can be read of a command: servers send many that nobody waits for, and some of them not as
 * the specification has it. A transaction id that is no number is 0.
 */
export function readCommand(message: RtmpMessage): ReadCommand {
  const amf0 = amf0Of(message);
  if (amf0 === undefined) return {};
  const { values: [name, transactionId = 0, object = null, ...args], flaw } = decodeAmf0Start(amf0);
  if (typeof name !== "string") {
    return { flaw: flaw ?? new RtmpError("A command of the RTMP server has no name") };
  }
  const isNumber = typeof transactionId === "number";
  const wrong = isNumber ? flaw : new RtmpError("The RTMP server makes a call without a number");
  return {
    command: { name, transactionId: isNumber ? transactionId : 0, object, args },
    ...(wrong !== undefined && { flaw: wrong }),
  };
}

function amf0Of({ typeId, payload }: RtmpMessage): Uint8Array | undefined {
  if (typeId === MessageType.Command) return payload;
  if (typeId !== MessageType.CommandAmf3) return undefined;
  // Peers of AMF3 put a 0 before values that are AMF0 still, up to a switch to AMF3 (marker 17).
  return payload[0] === 0 ? payload.subarray(1) : payload;
}
