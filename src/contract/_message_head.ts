import { hex } from "./_quote.ts";
import { ContractError } from "./errors.ts";
import { checkVersion1, type WireVersion } from "./version.ts";

/** How a kind of message begins, and how long it is. */
export interface MessageShape {
  readonly kind: "sync" | "status";
  /** Bytes of all of it. */
  readonly size: number;
  /** Its first byte. */
  readonly magic: number;
}

/** What every message has, once its length, magic and version are found to be right. */
export interface MessageHead {
  /** The message. */
  readonly view: DataView;
  /** Its version, unless that is `1.0`. */
  readonly wireVersion: WireVersion | undefined;
}

/**
 * Checks what sync and status messages begin with: a magic byte, and the version in bytes 2 and 3.
 *
 * @throws {ContractError} `sync_length`, `sync_magic` or `sync_version`; of `status_` likewise.
 */
export function readMessageHead(bytes: Uint8Array, shape: MessageShape): MessageHead {
  const { kind, size, magic } = shape;
  if (bytes.length !== size) {
    throw new ContractError(
      `${kind}_length`,
      `Wrong length of a ${kind} message: got ${bytes.length} bytes, allowed are ${size}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  const first = view.getUint8(0);
  if (first !== magic) {
    throw new ContractError(
      `${kind}_magic`,
      `No ${kind} message: got the first byte ${hex(first)}, allowed is ${hex(magic)}`,
    );
  }
  const wireVersion = checkVersion1(
    `${kind} message`,
    `${kind}_version`,
    view.getUint8(2),
    view.getUint8(3),
  );
  return { view, wireVersion };
}
