import type { AmfValue } from "../amf0/amf0.ts";
import { decodeAmf0, decodeAmf0Prefix } from "../amf0/amf0_decode.ts";
import { encodeAmf0 } from "../amf0/amf0_encode.ts";
import { ChunkStreamId, MessageType, type RtmpMessage } from "./message.ts";
import { RtmpError } from "../rtmp_error.ts";

/** A remote procedure call or the answer to one (RTMP 1.0, 7.2). */
export interface Command {
  /** Name of the procedure, or `_result`, `_error` or `onStatus`. */
  readonly name: string;
  /** Id of the call, which its answer repeats; 0 if no answer is expected or the id is missing. */
  readonly transactionId: number;
  /** Command object; null if missing. */
  readonly object: AmfValue;
  /** Further arguments. */
  readonly args: readonly AmfValue[];
}

/** Builds the message for `command`, for the connection (stream 0) or a message stream. */
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
 * Parses a command message. Returns undefined for messages of other types.
 *
 * @throws {RtmpError} If it is malformed.
 */
export function parseCommand(message: RtmpMessage): Command | undefined {
  const amf0 = amf0Of(message);
  if (amf0 === undefined) return undefined;
  // FFmpeg's server answers FCPublish with a name only.
  const [name, transactionId = 0, object = null, ...args] = decodeAmf0(amf0);
  if (typeof name !== "string") {
    throw new RtmpError("An RTMP command does not begin with its name");
  }
  if (typeof transactionId !== "number") {
    throw new RtmpError("An RTMP command has no transaction id after its name");
  }
  return { name, transactionId, object, args };
}

/** Result of {@linkcode parseCommandLeniently}. */
export interface LenientCommand {
  /** The values that could be parsed; undefined if there is no name or the message is not a command. */
  readonly command?: Command;
  /** The first error, if there is one. */
  readonly error?: RtmpError;
}

/**
 * Parses a command up to the first error: servers send many commands that need no answer, and some of
 * these violate the specification. An invalid transaction id is read as 0.
 */
export function parseCommandLeniently(message: RtmpMessage): LenientCommand {
  const amf0 = amf0Of(message);
  if (amf0 === undefined) return {};
  const { values, error } = decodeAmf0Prefix(amf0);
  const [name, transactionId = 0, object = null, ...args] = values;
  if (typeof name !== "string") {
    return { error: error ?? new RtmpError("A command of the RTMP server has no name") };
  }
  if (typeof transactionId === "number") {
    const command = { name, transactionId, object, args };
    return error === undefined ? { command } : { command, error };
  }
  return {
    command: { name, transactionId: 0, object, args },
    error: new RtmpError("A command of the RTMP server has no transaction id"),
  };
}

function amf0Of({ typeId, payload }: RtmpMessage): Uint8Array | undefined {
  if (typeId === MessageType.Command) return payload;
  if (typeId !== MessageType.CommandAmf3) return undefined;
  // AMF3 peers send a 0 byte, then AMF0 values, which may switch to AMF3 with marker 17.
  return payload[0] === 0 ? payload.subarray(1) : payload;
}
