import { hex } from "./_quote.ts";
import { ContractError } from "./errors.ts";
import { checkVersion1, type WireVersion } from "./version.ts";

/** The fixed properties of a kind of message. */
export interface MessageShape {
  readonly kind: "sync" | "status";
  /** Length of the message in bytes. */
  readonly size: number;
  /** First byte of the message. */
  readonly magic: number;
}

/** The common part of a message whose length, magic and version are valid. */
export interface MessageHead {
  /** The message. */
  readonly view: DataView;
  /** Its version, unless it is `1.0`. */
  readonly wireVersion: WireVersion | undefined;
}

/**
 * Checks the beginning of sync and status messages: a magic byte, and the version in bytes 2 and 3.
 *
 * @throws {ContractError} `sync_length`, `sync_magic`, `sync_version`, `status_length`, `status_magic` or
 * `status_version`.
 */
export function readMessageHead(bytes: Uint8Array, shape: MessageShape): MessageHead {
  const { kind, size, magic } = shape;
  if (bytes.length !== size) {
    throw new ContractError(
      `${kind}_length`,
      `Invalid length of a ${kind} message: got ${bytes.length} bytes, expected ${size}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  const first = view.getUint8(0);
  if (first !== magic) {
    throw new ContractError(
      `${kind}_magic`,
      `Not a ${kind} message: got the first byte ${hex(first)}, expected ${hex(magic)}`,
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
