import { hex } from "./_quote.ts";
import { ContractError } from "./errors.ts";
import { decodeStatusMessage, STATUS_MAGIC, type StatusMessage } from "./status_message.ts";
import { decodeSyncMessage, SYNC_MAGIC, type SyncMessage } from "./sync_message.ts";

/** A message of the producer's ZeroMQ socket. */
export type Message =
  | { readonly type: "sync"; readonly message: SyncMessage }
  | { readonly type: "status"; readonly message: StatusMessage };

/**
 * Decodes a message of the producer's ZeroMQ socket. The first byte determines its type.
 *
 * @throws {ContractError} With the code of the violated rule.
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const magic = bytes[0];
  switch (magic) {
    case SYNC_MAGIC:
      return { type: "sync", message: decodeSyncMessage(bytes) };
    case STATUS_MAGIC:
      return { type: "status", message: decodeStatusMessage(bytes) };
    case undefined:
      throw new ContractError(
        "message_empty",
        "Empty message: got 0 bytes, allowed are 48 (sync) and 32 (status)",
      );
    default:
      throw new ContractError(
        "message_magic",
        `Unknown message: got the first byte ${hex(magic)}, allowed are ${
          hex(SYNC_MAGIC)
        } (sync) and ${hex(STATUS_MAGIC)} (status)`,
      );
  }
}
